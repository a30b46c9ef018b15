// What a Prometheus expression asks for, read with Prometheus's own grammar.
import { parser } from '@prometheus-io/lezer-promql';

export interface Asked {
  /** Metrics by name, each with the labels that its matchers name. */
  selectors: { metric: string; labels: string[] }[];
  /** Labels of `by (…)`. */
  grouping: string[];
}

/** @throws Error saying where the expression is not PromQL */
export function askedBy(expression: string): Asked {
  const asked: Asked = { selectors: [], grouping: [] };
  let inGrouping = false;
  parser.parse(expression).iterate({
    enter: ({ name, from, to, type }) => {
      const text = expression.slice(from, to);
      if (type.isError)
        throw new Error(`not PromQL at character ${from}: ${expression.slice(from, from + 30)}`);
      if (name === 'GroupingLabels') inGrouping = true;
      if (name === 'VectorSelector') asked.selectors.push({ metric: '', labels: [] });
      const selector = asked.selectors.at(-1);
      if (name === 'Identifier' && selector) selector.metric = text;
      if (name === 'LabelName') (inGrouping ? asked.grouping : selector?.labels)?.push(text);
    },
    leave: ({ name }) => {
      if (name === 'GroupingLabels') inGrouping = false;
    },
  });
  return asked;
}

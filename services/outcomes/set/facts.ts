// SQL of the facts that outcomes ask of a child, each the newest that any source stated. Sources that agree need no order, so
// only children of whom two things are said are looked at twice.
const FACTS = ['birth_month', 'death_month', 'unaccompanied'];
const [least, most] = [
  (fact: string) => (fact === 'unaccompanied' ? `bool_and(${fact})` : `min(${fact})`),
  (fact: string) => (fact === 'unaccompanied' ? `bool_or(${fact})` : `max(${fact})`),
];

/** A lateral relation of one row: the facts of the child of `p`. */
export const factsSql = `(
        select ${FACTS.map(
          (fact) => `
          case when g.${fact}_least is not distinct from g.${fact}_most then g.${fact}_least
            else (select k.${fact} from waymark.child_known k where k.child_key = p.child_key) end as ${fact}`,
        ).join(',')}
        from (
          select ${FACTS.map((fact) => `${least(fact)} as ${fact}_least, ${most(fact)} as ${fact}_most`).join(', ')}
          from waymark.child_fact where child_key = p.child_key) g)`;

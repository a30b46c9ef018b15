// The primary analysis as a folder that a statistician can check without Waymark: data, dictionary, expected numbers, and a
// script in base R that remakes the estimate and its standard error. Rows are participants: it stays inside, like its source.
import type { AnalysisRecord, Estimate } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { UserError } from '../../platform/errors.ts';
import { analysisTable } from './analysis-table.ts';
import { Columns, numbers } from './columns.ts';
import { plannedEstimate } from './estimates.ts';
import type { AnalysisParticipant } from './participant.ts';
import { isAnalysed } from './sets.ts';
import { isStraddling } from './straddling.ts';

export interface Bundle {
  /** Texts by name of the file. */
  files: Record<string, string>;
  /** What data.csv holds, for other formats: rows of cells as they are written there. */
  data: { columns: { name: string; isNumber: boolean }[]; rows: string[][] };
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(quoted).join(',')}\n`).join('');

/** What R calls a column: letters, digits and dots. */
const nameInR = (name: string): string => name.replace(/[^A-Za-z0-9]+/g, '.');

const meanings: Record<string, string> = {
  event: '1 when the primary outcome was seen by the primary horizon, else 0',
  arm: 'trial or comparison, as allocated',
  unit: 'what was allocated; pseudonyms replaced by numbers',
  council: 'ONS code of the council',
  age: 'whole years on the index day',
  sex: 'M or F',
  ethnicity: 'DfE main ethnic group',
  disabled: 'any disability recorded',
  unaccompanied: 'unaccompanied asylum-seeking child',
  'deprivation-decile': '1 most deprived to 10',
  'referral-source': 'source of the index referral, first figure of the code',
  'primary-need': 'primary need of the index referral, N0 to N9',
  wave: 'first day of the wave of the index day',
};

/** How R fits each method; the estimate of the arm is `effect`, its gradient over the coefficients `gradient`. */
const fits: Partial<Record<AnalysisPlan['model']['method'], string>> = {
  linear: `fit <- lm(formula, data)
effect <- unname(coef(fit)["armtrial"])
gradient <- as.numeric(names(coef(fit)) == "armtrial")`,
  'modified-poisson': `fit <- glm(formula, family = poisson, data = data, control = glm.control(epsilon = 1e-14, maxit = 100))
effect <- unname(coef(fit)["armtrial"])
gradient <- as.numeric(names(coef(fit)) == "armtrial")`,
  'g-computation': `fit <- glm(formula, family = binomial, data = data, control = glm.control(epsilon = 1e-14, maxit = 100))
standardised <- function(arm) {
  set <- data
  set$arm <- factor(arm, levels = levels(data$arm))
  x <- model.matrix(formula, set)
  p <- plogis(drop(x %*% coef(fit)))
  list(risk = mean(p), gradient = colMeans(p * (1 - p) * x))
}
a <- standardised("trial")
b <- standardised("comparison")
effect <- a$risk - b$risk
gradient <- a$gradient - b$gradient`,
};

const script = (
  fit: string,
  columns: readonly string[],
  categorical: readonly string[],
  clustered: boolean,
): string => `# The primary analysis again, in base R. Run in this folder: Rscript analysis.R
# Exit status 1 when the estimate or its standard error differs from expected.csv by more than 1e-8.
data <- read.csv("data.csv", colClasses = c(${[...categorical, 'arm', 'unit', 'council']
  .filter((name, at, all) => all.indexOf(name) === at)
  .map((name) => `${name} = "character"`)
  .join(', ')}))
data$arm <- factor(data$arm, levels = c("comparison", "trial"))
${categorical.map((name) => `data$${name} <- factor(data$${name}, levels = sort(unique(data$${name}), method = "radix"))`).join('\n')}
formula <- event ~ ${['arm', ...columns].join(' + ')}
${fit}

# Clustered sandwich: scores summed within clusters, times G / (G - 1) for CR1; without clusters each row is its own.
x <- model.matrix(fit)
scores <- x * as.numeric(residuals(fit, "response"))
weights <- if (inherits(fit, "glm")) fit$weights else rep(1, nrow(x))
bread <- solve(crossprod(x * sqrt(weights)))
${clustered ? 'cluster <- data$cluster' : 'cluster <- seq_len(nrow(data))'}
sums <- rowsum(scores, cluster)
g <- nrow(sums)
v <- bread %*% crossprod(sums) %*% bread * g / (g - 1)
se <- sqrt(drop(t(gradient) %*% v %*% gradient))

expected <- read.csv("expected.csv")
cat(sprintf("estimate %.12f, expected %.12f\\n", effect, expected$estimate))
cat(sprintf("CR1 standard error %.12f", se))
same <- abs(effect - expected$estimate) < 1e-8
if (expected$variance == "CR1") {
  cat(sprintf(", expected %.12f", expected$standard.error))
  same <- same && abs(se - expected$standard.error) < 1e-8
} else {
  cat(sprintf("; the record's is %s, for which use the package clubSandwich", expected$variance))
}
cat("\\n")
if (!same) { cat("DIFFERENT\\n"); quit(status = 1) }
cat("the same\\n")
`;

function headline(record: AnalysisRecord, protocol: Protocol): Estimate {
  const primary = record.results.find(({ role }) => role === 'primary');
  const found = primary && plannedEstimate(primary.estimates, protocol.estimand?.summary);
  if (found?.estimate != null) return found;
  throw new UserError(
    'nothing-to-export',
    'The primary estimate is withheld or could not be made: there is nothing to check in R.',
    { field: 'protocol' },
  );
}

/** On the scale R works on: ratios of a log model as logs. */
function expectedOf({ method, estimate, standardError }: Estimate): [number, number | null] {
  if (estimate === null) return [0, null];
  if (method !== 'modified-poisson') return [estimate, standardError];
  return [Math.log(estimate), standardError === null ? null : standardError / estimate];
}

/**
 * @throws UserError `nothing-to-export`; `not-in-base-r` for a plan whose estimate base R cannot make
 */
export function rBundle(
  protocol: Protocol,
  participants: readonly AnalysisParticipant[],
  record: AnalysisRecord,
): Bundle {
  const plan = protocol.analysis;
  const estimate = headline(record, protocol);
  const fit = fits[estimate.method as AnalysisPlan['model']['method']];
  if (!plan || !fit || (estimate.method === 'g-computation' && estimate.measure !== 'risk-difference'))
    throw new UserError(
      'not-in-base-r',
      `A ${estimate.measure} by ${estimate.method} is not written for base R; linear, modified-poisson and the risk difference of g-computation are.`,
      { field: 'analysis.model.method' },
    );
  if (plan.missing === 'multiple-imputation' && estimate.adjusted)
    throw new UserError(
      'not-in-base-r',
      'An estimate by multiple imputation is not written for base R: its draws are Waymark’s own.',
      { field: 'analysis.missing' },
    );
  const at =
    protocol.outcomes.findIndex(({ id }) => id === protocol.primary.outcome) * protocol.horizons.length +
    protocol.horizons.indexOf(protocol.primary.horizon);
  const analysed = participants.filter((one) => {
    const outcome = one.outcomes[at];
    return outcome !== undefined && isAnalysed(outcome) && !isStraddling(protocol, one, outcome);
  });
  const missing = plan.missing === 'complete-case' ? 'complete-case' : 'missing-category';
  const complete =
    missing === 'complete-case' && estimate.adjusted
      ? analysed.filter((one) => plan.covariates.every((name) => one.covariates[name] !== null))
      : analysed;
  const { table, covariates: all } = analysisTable(
    new Columns(complete),
    Int32Array.from(complete, (_, row) => row),
    plan.covariates,
    missing,
    [
      numbers(
        'event',
        complete.map((one) => Number(one.outcomes[at]?.state === 'event')),
      ),
    ],
  );
  const covariates = estimate.adjusted ? all : [];
  const units = [...new Set(complete.map((one) => `${one.council} ${one.unit}`))].sort();
  const unitNumber = new Map(units.map((unit, place) => [unit, String(place + 1)]));
  const unitOf = (one: AnalysisParticipant | undefined) =>
    unitNumber.get(`${one?.council} ${one?.unit}`) ?? '';
  const clusterOf = (one: AnalysisParticipant) => (plan.clusters === 'council' ? one.council : unitOf(one));
  const names = ['event', 'arm', 'unit', 'council', ...covariates.filter((name) => name !== 'council')];
  const cell = (name: string, row: number): string => {
    if (name === 'unit') return unitOf(complete[row]);
    const column = table.columns.get(name);
    if (!column) return '';
    return column.kind === 'numeric'
      ? String(column.values[row])
      : (column.levels[column.codes[row] ?? -1] ?? '');
  };
  const [expected, se] = expectedOf(estimate);
  const categorical = covariates.filter((name) => table.columns.get(name)?.kind === 'categorical');
  const data: Bundle['data'] = {
    columns: [...names, 'cluster'].map((name) => ({
      name: nameInR(name),
      isNumber: table.columns.get(name)?.kind === 'numeric',
    })),
    rows: complete.map((one, row) => [...names.map((name) => cell(name, row)), clusterOf(one)]),
  };
  const files = {
    'data.csv': csv([data.columns.map(({ name }) => name), ...data.rows]),
    'dictionary.csv': csv([
      ['column', 'meaning'],
      ...names.map((name) => [
        nameInR(name),
        meanings[name] ?? `1 where ${name.replace(' not known', '')} is not known`,
      ]),
      ['cluster', 'what standard errors cluster on'],
    ]),
    'expected.csv': csv([
      ['estimate', 'standard.error', 'variance', 'degrees.of.freedom', 'p', 'n'],
      [
        String(expected),
        String(se),
        estimate.variance.split(',')[0] ?? '',
        String(estimate.degreesOfFreedom),
        String(estimate.p),
        String(estimate.n),
      ],
    ]),
    'analysis.R': script(fit, covariates.map(nameInR), categorical.map(nameInR), estimate.clusters !== null),
    'README.txt': `${protocol.title}
${protocol.dataSource === 'real' ? '' : `${protocol.dataSource.toUpperCase()} DATA\n`}
The primary analysis (${protocol.primary.outcome}, ${protocol.primary.horizon} months): ${estimate.measure} by ${estimate.method}, ${estimate.variance}.
Check it with: Rscript analysis.R

data.csv has one row a participant, and data.parquet the same with typed columns. It is personal data for whoever holds the councils' keys: keep it as its source is kept.
Protocol ${record.protocolHash}
Snapshot ${record.snapshotHash}
Code     ${record.codeVersion}
`,
  };
  return { files, data };
}

// The portal's JSON interface as an OpenAPI 3.1 document, made of the schemas that its answers are held to.
import type { z } from 'zod';
import * as answers from '../../portal/api-schemas.ts';
import { MOST } from '../../portal/paging.ts';
import { Grouping } from '../../releases/groupings.ts';
import { type Json, jsonSchemaOf } from './json-schemas.ts';

const jsonBody = (schema: Json): Json => ({ 'application/json': { schema } });
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const words: Record<number, string> = {
  400: 'A parameter is not one to read',
  401: 'No access key that works was sent',
  403: 'The key does not open this: it is of another role (`not-allowed`), or the evaluation is blinded (`blinded`)',
  404: 'There is no such evaluation, outcome, horizon or filter, or it is not the reader’s',
  429: 'Too many requests with a wrong key',
  503: 'The records cannot be reached at the moment',
};

const refusing = (...statuses: number[]): Json =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: `${words[status]}.`, content: jsonBody(ref('Problem')) },
    ]),
  );

const parameter = (name: string, description: string, schema: Json): Json => ({
  ...{ name, in: 'query', required: false, description, schema },
});
const paging = [
  parameter('limit', 'How many at most.', { type: 'integer', minimum: 1, maximum: MOST, default: MOST }),
  parameter('after', 'What the last item of the page before is called; `next` says it.', { type: 'string' }),
];
const slug: Json = {
  name: 'slug',
  in: 'path',
  required: true,
  description: 'The evaluation.',
  schema: { type: 'string' },
};
const council: Json = {
  name: 'council',
  in: 'path',
  required: true,
  description: 'The council’s ONS code; a council is told of its own alone.',
  schema: { type: 'string' },
};
const ifNoneMatch: Json = {
  ...{ name: 'If-None-Match', in: 'header', required: false, schema: { type: 'string' } },
  description: 'The ETag of the answer that the reader has.',
};

interface Operation {
  id: string;
  summary: string;
  answer: string;
  parameters?: Json[];
  refusals: number[];
}

const get = ({ id, summary, answer, parameters = [], refusals }: Operation): Json => ({
  get: {
    ...{ operationId: id, summary, security: [{ accessKey: [] }], parameters: [...parameters, ifNoneMatch] },
    responses: {
      200: {
        description: 'What there is.',
        headers: { ETag: { description: 'Of what the answer says.', schema: { type: 'string' } } },
        content: jsonBody(ref(answer)),
      },
      304: { description: 'The reader has the answer already.' },
      ...refusing(401, ...refusals, 429, 503),
    },
  },
});

const paths: Json = {
  '/api/v1/evaluations': get({
    ...{ id: 'evaluations', summary: 'The evaluations that the reader was granted', answer: 'Evaluations' },
    ...{ parameters: paging, refusals: [400, 403] },
  }),
  '/api/v1/evaluations/{slug}/result': get({
    ...{ id: 'result', summary: 'Outcomes of all children by arm and horizon', answer: 'Result' },
    ...{ parameters: [slug], refusals: [403, 404] },
  }),
  '/api/v1/evaluations/{slug}/groups': get({
    ...{ id: 'groups', summary: 'One outcome by wave or by council, rounded', answer: 'Groups' },
    parameters: [
      slug,
      parameter('outcome', 'The primary one unless given.', { type: 'string' }),
      parameter('horizon', 'Months; the primary one unless given.', { type: 'integer' }),
      parameter('by', 'What the groups are.', { type: 'string', enum: Grouping.options, default: 'wave' }),
    ],
    refusals: [403, 404],
  }),
  '/api/v1/evaluations/{slug}/recruitment': get({
    ...{
      id: 'recruitment',
      summary:
        'Who was screened and enrolled, and balance at the start, for those who work on the evaluation; blinded too',
      answer: 'Recruitment',
    },
    ...{ parameters: [slug], refusals: [403, 404] },
  }),
  '/api/v1/evaluations/{slug}/maturity': get({
    ...{ id: 'maturity', summary: 'Which wave is known when, and which councils it waits for' },
    ...{ answer: 'Maturity', parameters: [slug], refusals: [403, 404] },
  }),
  '/api/v1/evaluations/{slug}/plan': get({
    ...{ id: 'plan', summary: 'The protocol in words, and the chain of its life', answer: 'Plan' },
    ...{ parameters: [slug], refusals: [403, 404] },
  }),
  '/api/v1/evaluations/{slug}/analyses': get({
    ...{
      id: 'analyses',
      summary: 'Kept analyses, newest first, for those who work on the evaluation',
      answer: 'Analyses',
    },
    ...{ parameters: [slug, ...paging], refusals: [400, 403, 404] },
  }),
  '/api/v1/feeds': get({
    ...{ id: 'feeds', summary: 'Feeds of councils; a council is told of its own', answer: 'Feeds' },
    ...{ parameters: paging, refusals: [400] },
  }),
  '/api/v1/feeds/{council}': get({
    ...{
      id: 'councilAccount',
      summary: 'What a council sent, what could not be used, and where its children take part',
      answer: 'CouncilAccountAnswer',
    },
    ...{ parameters: [council], refusals: [403, 404] },
  }),
  '/api/v1/releases': get({
    ...{ id: 'releases', summary: 'What was released, newest first', answer: 'Releases' },
    ...{ parameters: paging, refusals: [400, 403] },
  }),
};

/** The document as plain data. */
export const portalOpenApi = (version: string): Json => ({
  openapi: '3.1.0',
  info: {
    ...{ title: 'Waymark portal', version, license: { name: 'MIT', identifier: 'MIT' } },
    description:
      'What the pages of the portal show, for machines: protected counts, never a child. Nothing that is hidden or held back on a page is told here.',
  },
  servers: [{ url: '/', description: 'The portal’s own address.' }],
  paths,
  components: {
    securitySchemes: {
      accessKey: { type: 'http', scheme: 'bearer', description: 'Made with `waymark key --role ROLE`.' },
    },
    schemas: Object.fromEntries(
      // By name: a module's exports come in one order or another, as it is loaded.
      Object.entries(answers)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, schema]) => [name, jsonSchemaOf(schema as z.ZodType)]),
    ),
  },
});

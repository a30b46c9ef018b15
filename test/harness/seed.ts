// Property tests draw the same cases in every run, so that what passed passes again; `npm run hunt` draws others.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.WAYMARK_TEST_SEED ?? 20_261_126) });

// Writes docs/outcomes.md anew.
import { writeFileSync } from 'node:fs';
import { outcomesPage, PAGE } from './page.ts';

writeFileSync(PAGE, outcomesPage());

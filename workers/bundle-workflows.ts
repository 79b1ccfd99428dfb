/** Bundles the workflows into the file that its one argument names; a process of its own: see `kept-bundle.ts`. */
import { writeFileSync } from 'node:fs';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { bundled } from './workflow-bundle.ts';

const file = process.argv[2];
if (file === undefined) throw new RangeError('argument 1: must be the file to write');
const { code } = await bundleWorkflowCode({ ...bundled(), logger: new DefaultLogger('WARN') });
writeFileSync(file, code, { flush: true });

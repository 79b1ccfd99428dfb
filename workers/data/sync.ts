/** x */
import { type Report, report } from '../../client/cli/report.ts';
import type { DataContext } from './context.ts';
export async function runSync(_: DataContext): Promise<Report> {
  return report({}, () => '');
}

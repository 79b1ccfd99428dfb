/** `why`: tells the story of one order, from the bar that caused it to its last fill. */
import type { Command } from 'commander';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { addLeaf } from './command.ts';
import { CliFailure } from './failure.ts';
import { type Report, report, type Tell } from './report.ts';
import { chaptersOf, storyDocument } from './story.ts';
import type { World } from './world.ts';

/** @throws CliFailure (not found) */
export async function tellStory(world: World, id: string): Promise<Report> {
  const { account } = await world.target();
  const story = await (await world.ledger()).order(id, account);
  if (story === undefined) {
    throw new CliFailure(EXIT.notFound, `order ${JSON.stringify(id)}: is not in the ledger`, {
      violation: {
        field: 'order',
        value: id,
        rule: 'must be the cloid, venue order id, intent key or workflow id of an order',
      },
      mend: 'perpetua order list --status all',
    });
  }
  return report(storyDocument(story), (style) =>
    chaptersOf(story)
      .map(({ title, lines }) => {
        const body = lines.map((line) => `  ${line}`).join('\n');
        return `${style.paint('strong', title)}\n${body}`;
      })
      .join('\n\n'),
  );
}

export function addWhyCommand(program: Command, world: World, tell: Tell): void {
  addLeaf(program, 'why', 'Tell the story of one order: why, how, and what came of it', [
    'perpetua why my-key-1',
    'perpetua why 0x1f0a… --json',
  ])
    .argument('<id>', 'cloid, venue order id, intent key or workflow id')
    .action(async (id: string) => tell(await tellStory(world, id)));
}

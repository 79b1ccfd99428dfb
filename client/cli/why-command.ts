/** `why`: tells the story of an order, from the bar that caused it to its last fill. */
import type { Command } from 'commander';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { addLeaf } from './command.ts';
import { CliFailure } from './failure.ts';
import { type FoundParent, findParent } from './parent-find.ts';
import { parentDocument, renderParent } from './parent-report.ts';
import { type Report, report, type Tell } from './report.ts';
import { chaptersOf, type OrderStory, storyDocument } from './story.ts';
import type { Style } from './style.ts';
import type { World } from './world.ts';

const tellChapters = (story: OrderStory, style: Style): string =>
  chaptersOf(story)
    .map(({ title, lines }) => {
      const body = lines.map((line) => `  ${line}`).join('\n');
      return `${style.paint('strong', title)}\n${body}`;
    })
    .join('\n\n');

/** What was asked for and became of it, then the whole story of every leg in the ledger. */
async function tellParent(world: World, { view, workflowId }: FoundParent): Promise<Report> {
  const { account } = await world.target();
  const ledger = await world.ledger();
  const stories: OrderStory[] = [];
  for (const { plan } of view.legs) {
    const story = await ledger.order(`${view.intent.intentId}/${plan.name}`, account);
    if (story !== undefined) stories.push(story);
  }
  const document = { ...parentDocument(view, workflowId), stories: stories.map(storyDocument) };
  return report(document, (style) =>
    [
      renderParent(view, workflowId, style),
      ...stories.map((story) => {
        const heading = style.paint('strong', `=== ${story.intentId}`);
        return `${heading}\n\n${tellChapters(story, style)}`;
      }),
    ].join('\n\n'),
  );
}

/** The story of an order, or of a parent order with its legs. @throws CliFailure (not found) */
export async function tellStory(world: World, id: string): Promise<Report> {
  const { account } = await world.target();
  const story = await (await world.ledger()).order(id, account);
  if (story !== undefined) {
    return report(storyDocument(story), (style) => tellChapters(story, style));
  }
  const parent = await findParent(world, id);
  if (parent !== undefined) return tellParent(world, parent);
  throw new CliFailure(EXIT.notFound, `order ${JSON.stringify(id)}: is not in the ledger`, {
    violation: {
      field: 'order',
      value: id,
      rule: 'must be the cloid, venue order id, intent key or workflow id of an order or parent',
    },
    mend: 'perpetua order list --status all',
  });
}

export function addWhyCommand(program: Command, world: World, tell: Tell): void {
  addLeaf(program, 'why', 'Tell the story of one order: why, how, and what came of it', [
    'perpetua why my-key-1',
    'perpetua why 0x1f0a… --json',
  ])
    .argument('<id>', 'cloid, venue order id, intent key or workflow id')
    .action(async (id: string) => tell(await tellStory(world, id)));
}

/** `completion bash|zsh|fish`: prints the script that completes commands and options. */
import { Argument, type Command } from 'commander';
import { addLeaf } from './command.ts';
import { completionScript, SHELLS } from './completion.ts';
import { report, type Tell } from './report.ts';
import { readWord } from './values.ts';

export function addCompletionCommand(program: Command, tell: Tell): void {
  addLeaf(program, 'completion', 'Print a script that completes commands in your shell', [
    'eval "$(perpetua completion bash)"',
    'perpetua completion fish | source',
  ])
    .addArgument(
      new Argument('<shell>', 'which shell').choices([...SHELLS]).argParser((word: string) => word),
    )
    .action((word: string) => {
      const shell = readWord('shell', word, SHELLS);
      const script = completionScript(shell, program);
      tell(report({ shell, script }, () => script.trimEnd()));
    });
}

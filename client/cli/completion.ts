/** Shell completion, generated from the command tree, so that it cannot forget an option. */
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Choice {
  readonly word: string;
  readonly about: string;
}

/** What can follow the words of one command. */
interface Place {
  /** The words that lead here, e.g. `order place`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly Choice[];
  /** Values that an option takes, by option. */
  readonly values: readonly { readonly option: string; readonly choices: readonly string[] }[];
}

function placeOf(command: Command, path: string): Place {
  const visible = command.createHelp();
  const options = visible.visibleOptions(command);
  const subcommands = visible.visibleCommands(command).filter((sub) => sub.name() !== 'help');
  return {
    path,
    words: [
      ...subcommands.map((sub) => ({ word: sub.name(), about: sub.description() })),
      ...command.registeredArguments.flatMap((argument) =>
        (argument.argChoices ?? []).map((word) => ({ word, about: argument.description })),
      ),
      ...options.map((option) => ({
        word: option.long ?? option.flags,
        about: option.description,
      })),
    ],
    values: options.flatMap((option) =>
      option.long && option.argChoices ? [{ option: option.long, choices: option.argChoices }] : [],
    ),
  };
}

/** The program and every command below it. */
export function placesOf(command: Command, path = ''): readonly Place[] {
  return [
    placeOf(command, path),
    ...command.commands.flatMap((sub) => placesOf(sub, `${path} ${sub.name()}`.trim())),
  ];
}

const groupPaths = (places: readonly Place[]): string =>
  places
    .filter((place) => place.path !== '')
    .map((place) => `'${place.path}'`)
    .join('|');

/** Walks the words before the cursor: known command words make up the path. */
const bashWalk = (places: readonly Place[]): string => `  local path='' word
  for word in "\${words[@]}"; do
    case "\${path:+$path }$word" in ${groupPaths(places)}) path="\${path:+$path }$word" ;; esac
  done`;

const bashCases = (places: readonly Place[]): string =>
  places
    .flatMap((place) => [
      ...place.values.map(
        ({ option, choices }) => `    '${place.path}|${option}') reply='${choices.join(' ')}' ;;`,
      ),
      `    '${place.path}|'*) reply='${place.words.map(({ word }) => word).join(' ')}' ;;`,
    ])
    .join('\n');

function bashScript(places: readonly Place[]): string {
  return `# perpetua completion for bash: eval "$(perpetua completion bash)"
_perpetua() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" reply=''
  local -a words=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
${bashWalk(places)}
  case "$path|$previous" in
${bashCases(places)}
  esac
  COMPREPLY=($(compgen -W "$reply" -- "$current"))
}
complete -o default -F _perpetua perpetua
`;
}

function zshScript(places: readonly Place[]): string {
  const cases = places
    .flatMap((place) => [
      ...place.values.map(
        ({ option, choices }) => `    '${place.path}|${option}') reply=(${choices.join(' ')}) ;;`,
      ),
      `    '${place.path}|'*) reply=(${place.words.map(({ word }) => word).join(' ')}) ;;`,
    ])
    .join('\n');
  return `#compdef perpetua
# perpetua completion for zsh: eval "$(perpetua completion zsh)"
_perpetua() {
  local previous="\${words[CURRENT-1]}" route='' word
  local -a reply
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${route:+$route }$word" in
      (${groupPaths(places)}) route="\${route:+$route }$word" ;;
    esac
  done
  case "$route|$previous" in
${cases}
  esac
  compadd -- $reply
  [[ $#reply -eq 0 ]] && _files
}
compdef _perpetua perpetua
`;
}

const fishQuoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const when = `-n ${fishQuoted(`__perpetua_at ${fishQuoted(place.path)}`)}`;
    return place.words.map(({ word, about }) => {
      const choices = place.values.find(({ option }) => option === word)?.choices;
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${fishQuoted(word)}`;
      const values = choices === undefined ? '' : ` -x -a ${fishQuoted(choices.join(' '))}`;
      return `complete -c perpetua ${when} -f ${what}${values} -d ${fishQuoted(about)}`;
    });
  });
  const paths = places.filter((place) => place.path !== '').map((place) => fishQuoted(place.path));
  return `# perpetua completion for fish: perpetua completion fish | source
function __perpetua_at
    set -l route ''
    for word in (commandline -opc)[2..]
        set -l longer (string trim "$route $word")
        if contains -- "$longer" ${paths.join(' ')}
            set route $longer
        end
    end
    test "$route" = "$argv[1]"
end
${lines.join('\n')}
`;
}

const SCRIPTS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The script that a user evaluates in that shell. */
export const completionScript = (shell: Shell, program: Command): string =>
  SCRIPTS[shell](placesOf(program));

/** Colour for people. Off unless the stream is a terminal and NO_COLOR (no-color.org) is unset. */
import { styleText } from 'node:util';

export type Tone = 'plain' | 'strong' | 'muted' | 'good' | 'bad' | 'warn' | 'accent';

export interface Style {
  paint(tone: Tone, text: string): string;
}

const FORMATS = {
  strong: 'bold',
  muted: 'dim',
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  accent: 'cyan',
} as const;

export const PLAIN_STYLE: Style = { paint: (_tone, text) => text };

const COLOUR_STYLE: Style = {
  paint: (tone, text) =>
    tone === 'plain' ? text : styleText(FORMATS[tone], text, { validateStream: false }),
};

/** @param isTerminal whether the text goes to a terminal */
export function styleFor(isTerminal: boolean, env: NodeJS.ProcessEnv): Style {
  return isTerminal && !env.NO_COLOR && env.TERM !== 'dumb' ? COLOUR_STYLE : PLAIN_STYLE;
}

/**
 * The page's files, read once at start and served from memory: a fixed list, so that no request
 * path ever reaches the file system.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

const PAGE_FILES = [
  ['/', 'index.html', HTML],
  ['/page.css', 'page.css', STYLE],
  ['/lists.css', 'lists.css', STYLE],
  ['/app.js', 'app.js', SCRIPT],
  ['/sections.js', 'sections.js', SCRIPT],
  ['/quality.js', 'quality.js', SCRIPT],
  ['/chart.js', 'chart.js', SCRIPT],
  ['/format.js', 'format.js', SCRIPT],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

const CHART_FILES = [
  ['/uplot.js', 'uPlot.esm.js', SCRIPT],
  ['/uplot.css', 'uPlot.min.css', STYLE],
] as const;

async function load(path: string, type: string): Promise<Asset> {
  const body = await readFile(path);
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return { body, type, etag: `"${digest}"` };
}

/** Loads every file by the path under which it is served. */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const charts = join(createRequire(import.meta.url).resolve('uplot/package.json'), '../dist');
  const page = join(import.meta.dirname, 'page');
  const entries = [
    ...PAGE_FILES.map(([path, file, type]) => [path, join(page, file), type] as const),
    ...CHART_FILES.map(([path, file, type]) => [path, join(charts, file), type] as const),
  ];
  return new Map(
    await Promise.all(
      entries.map(async ([path, file, type]) => [path, await load(file, type)] as const),
    ),
  );
}

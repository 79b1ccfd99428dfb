/** The strategies port: registered seeds, and users' files that were noted in the data folder. */
import type { StrategiesPort } from '../activities/ports/strategies.ts';
import { strategyOfRules } from '../config/strategy-file.ts';
import type { StrategySeed } from '../domain/signals/seed.ts';

/** A file's content is loaded once: a later edit is another strategy, refused by its hash. */
export function createStrategiesPort(dataDir: string): StrategiesPort {
  const loaded = new Map<string, Promise<StrategySeed>>();
  return {
    find(name, file) {
      if (file === undefined) return strategyOfRules(dataDir, name, undefined);
      const key = `${name} ${file.sha256}`;
      const known = loaded.get(key);
      if (known !== undefined) return known;
      const loading = strategyOfRules(dataDir, name, file);
      loaded.set(key, loading);
      // What failed may be mended: the next bar asks again.
      loading.catch(() => loaded.delete(key));
      return loading;
    },
  };
}

/** Plain loops of the kind that everybody writes first: what our indicators are measured beside. */
type Column = ArrayLike<number>;

export const plainSma = (values: Column, period: number): number[] => {
  const out: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    let sum = 0;
    for (let j = Math.max(0, i - period + 1); j <= i; j += 1) sum += values[j] as number;
    out.push(i < period - 1 ? Number.NaN : sum / period);
  }
  return out;
};

export const plainEma = (values: Column, period: number): number[] => {
  const out: number[] = [];
  const k = 2 / (period + 1);
  let mean = values[0] as number;
  for (let i = 0; i < values.length; i += 1) {
    mean = (values[i] as number) * k + mean * (1 - k);
    out.push(mean);
  }
  return out;
};

export const plainStdev = (values: Column, period: number): number[] => {
  const means = plainSma(values, period);
  return means.map((mean, i) => {
    if (i < period - 1) return Number.NaN;
    let squares = 0;
    for (let j = i - period + 1; j <= i; j += 1) squares += ((values[j] as number) - mean) ** 2;
    return Math.sqrt(squares / period);
  });
};

export const plainHighest = (values: Column, period: number): number[] => {
  const out: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    let best = Number.NEGATIVE_INFINITY;
    for (let j = Math.max(0, i - period + 1); j <= i; j += 1) {
      best = Math.max(best, values[j] as number);
    }
    out.push(best);
  }
  return out;
};

export const plainRsi = (values: Column, period: number): number[] => {
  const ups: number[] = [0];
  const downs: number[] = [0];
  for (let i = 1; i < values.length; i += 1) {
    const change = (values[i] as number) - (values[i - 1] as number);
    ups.push(Math.max(change, 0));
    downs.push(Math.max(-change, 0));
  }
  const [up, down] = [plainEma(ups, 2 * period - 1), plainEma(downs, 2 * period - 1)];
  return up.map((gain, i) => 100 - 100 / (1 + gain / (down[i] as number)));
};

export const plainAtr = (high: Column, low: Column, close: Column, period: number): number[] => {
  const ranges: number[] = [(high[0] as number) - (low[0] as number)];
  for (let i = 1; i < close.length; i += 1) {
    const before = close[i - 1] as number;
    const [top, bottom] = [high[i] as number, low[i] as number];
    ranges.push(Math.max(top - bottom, Math.abs(top - before), Math.abs(bottom - before)));
  }
  return plainEma(ranges, 2 * period - 1);
};

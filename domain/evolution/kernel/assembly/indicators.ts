/** `../indicator-columns.ts`, one bar after the other: every value needs the one before it. */

export function fillRsi(close: usize, bars: i32, period: f64, out: usize, outSum: usize): void {
  const share = 1 / period;
  store<f64>(out, 0);
  store<f64>(outSum, 0);
  let up: f64 = 0;
  let down: f64 = 0;
  let last = load<f64>(close);
  for (let t = 1; t < bars; t += 1) {
    const o = <usize>t << 3;
    const now = load<f64>(close + o);
    const change = now - last;
    last = now;
    const rise = change > 0 ? change : 0;
    const fall = change < 0 ? -change : 0;
    if (t == 1) {
      up = rise;
      down = fall;
    } else {
      up += (rise - up) * share;
      down += (fall - down) * share;
    }
    store<f64>(out + o, 100 * up);
    store<f64>(outSum + o, up + down);
  }
}

export function fillEma(close: usize, bars: i32, period: f64, out: usize): void {
  const share = 2 / (period + 1);
  let mean = load<f64>(close);
  store<f64>(out, mean);
  for (let t = 1; t < bars; t += 1) {
    const o = <usize>t << 3;
    mean += (load<f64>(close + o) - mean) * share;
    store<f64>(out + o, mean);
  }
}

export function fillBand(
  close: usize,
  bars: i32,
  period: f64,
  out: usize,
  outVariance: usize,
): void {
  const share = 1 / period;
  const whole = <i32>period;
  const first = load<f64>(close);
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let t = 0; t < bars; t += 1) {
    const o = <usize>t << 3;
    const x = load<f64>(close + o) - first;
    const gone = t >= whole ? load<f64>(close + (<usize>(t - whole) << 3)) - first : 0;
    sum += x - gone;
    squares += x * x - gone * gone;
    const mean = sum * share;
    store<f64>(out + o, x - mean);
    store<f64>(outVariance + o, squares * share - mean * mean);
  }
}

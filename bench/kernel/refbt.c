/*
 * REFBT, version 1, as one plain loop over the bars of one strategy: the yardstick of the kernels.
 *
 *   cc -O3 -march=native -ffp-contract=off -o refbt refbt.c -lm
 *   refbt JOB OUT ROUNDS
 *
 * JOB, all doubles: bars, strategies, bars between payments, bars a year; then the columns open, high,
 * low and close; then 16 genes a strategy. OUT receives 8 results a strategy. Prints the nanoseconds of
 * processor time of each round, one a line. Contraction is off, so that no two operations are fused.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WARM 256
static const double FEE = 0.00045, SLIP = 0.0002, FUNDING = 1.25e-5;

typedef struct {
  double rsi_period, rsi_low, rsi_high, fast, slow, band_period, band_width, w_rsi, w_ema, w_band, threshold, stop,
      target, trail, size, most_bars;
} Genome;

static void run(const double *restrict o, const double *restrict h, const double *restrict l,
                const double *restrict c, long bars, long every, double bars_per_year, const Genome *g,
                double *out) {
  const double rsi_share = 1 / g->rsi_period, fast_share = 2 / (g->fast + 1), slow_share = 2 / (g->slow + 1);
  const long period = (long)g->band_period, most = (long)g->most_bars;
  const double band_share = 1 / g->band_period, square = g->band_width * g->band_width;
  double up = 0, down = 0, ef = c[0], es = c[0], s1 = 0, s2 = 0;
  double balance = 1, quantity = 0, entry = 0, best = 0, stop0 = 0, target = 0, at_entry = 0, before = 1;
  double sum = 0, squares = 0, downs = 0, peak = 1, deepest = 1, trades = 0, wins = 0, won = 0, lost = 0;
  long held = 0;
  int dir = 0, pending = 0;
  for (long t = 0; t < bars; t++) {
    if (t > 0) {
      const double dc = c[t] - c[t - 1], rise = dc > 0 ? dc : 0, fall = dc < 0 ? -dc : 0;
      if (t == 1) up = rise, down = fall;
      else up += (rise - up) * rsi_share, down += (fall - down) * rsi_share;
      ef += (c[t] - ef) * fast_share;
      es += (c[t] - es) * slow_share;
    }
    const double x = c[t] - c[0], gone = t >= period ? c[t - period] - c[0] : 0;
    s1 += x - gone;
    s2 += x * x - gone * gone;
    if (t < WARM) continue;
    double exit = 0;
    if (pending == 2) exit = o[t] * (1 - SLIP * dir);
    else if (pending != 0) {
      dir = pending;
      entry = best = o[t] * (1 + SLIP * dir);
      quantity = dir * g->size * balance / entry;
      at_entry = balance;
      balance -= fabs(quantity) * entry * FEE;
      stop0 = entry * (1 - dir * g->stop);
      target = entry * (1 + dir * g->target);
      held = 0;
    }
    pending = 0;
    if (dir != 0 && exit == 0) {
      if (t % every == 0) balance -= quantity * o[t] * FUNDING;
      if (dir > 0) {
        const double trailed = best * (1 - g->trail), stop = trailed > stop0 ? trailed : stop0;
        if (l[t] <= stop) exit = (o[t] < stop ? o[t] : stop) * (1 - SLIP);
        else if (h[t] >= target) exit = o[t] > target ? o[t] : target;
        else if (h[t] > best) best = h[t];
      } else {
        const double trailed = best * (1 + g->trail), stop = trailed < stop0 ? trailed : stop0;
        if (h[t] >= stop) exit = (o[t] > stop ? o[t] : stop) * (1 + SLIP);
        else if (l[t] <= target) exit = o[t] < target ? o[t] : target;
        else if (l[t] < best) best = l[t];
      }
      held++;
    }
    if (exit != 0) {
      balance += quantity * (exit - entry) - fabs(quantity) * exit * FEE;
      const double net = balance - at_entry;
      trades++;
      if (net > 0) wins++, won += net;
      else lost -= net;
      quantity = 0;
      dir = 0;
    }
    const double equity = balance + quantity * (c[t] - entry), r = equity / before - 1;
    before = equity;
    sum += r;
    squares += r * r;
    downs += r < 0 ? r * r : 0;
    if (equity > peak) peak = equity;
    if (equity < peak * deepest) deepest = equity / peak;
    const double m = s1 * band_share, v = s2 * band_share - m * m, dx = x - m;
    const double vote_rsi = 100 * up < g->rsi_low * (up + down) ? 1 : 100 * up > g->rsi_high * (up + down) ? -1 : 0;
    const double vote_ema = ef > es ? 1 : -1;
    const double vote_band = dx * dx > square * v ? (dx < 0 ? 1 : -1) : 0;
    const double score = g->w_rsi * vote_rsi + g->w_ema * vote_ema + g->w_band * vote_band;
    if (dir == 0) pending = score >= g->threshold ? 1 : score <= -g->threshold ? -1 : 0;
    else if (score * dir <= -g->threshold || held >= most) pending = 2;
  }
  const double count = bars - WARM, mean = sum / count, variance = squares / count - mean * mean;
  out[0] = before - 1;
  out[1] = variance > 0 ? mean / sqrt(variance) * sqrt(bars_per_year) : NAN;
  out[2] = downs > 0 ? mean / sqrt(downs / count) * sqrt(bars_per_year) : NAN;
  out[3] = 1 - deepest;
  out[4] = lost > 0 ? won / lost : NAN;
  out[5] = trades;
  out[6] = trades > 0 ? wins / trades : NAN;
  out[7] = before;
}

static double now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return at.tv_sec * 1e9 + at.tv_nsec;
}

int main(int argc, char **argv) {
  double head[4];
  FILE *job = argc == 4 ? fopen(argv[1], "rb") : NULL;
  if (job == NULL || fread(head, sizeof head, 1, job) != 1) return 2;
  const long bars = (long)head[0], count = (long)head[1];
  double *columns = malloc(sizeof(double) * 4 * bars), *out = malloc(sizeof(double) * 8 * count);
  Genome *genomes = malloc(sizeof(Genome) * count);
  if (fread(columns, sizeof(double) * bars, 4, job) != 4) return 2;
  if (fread(genomes, sizeof(Genome), count, job) != (size_t)count) return 2;
  fclose(job);
  for (int round = 0; round < atoi(argv[3]); round++) {
    const double began = now_ns();
    for (long i = 0; i < count; i++)
      run(columns, columns + bars, columns + 2 * bars, columns + 3 * bars, bars, (long)head[2], head[3], genomes + i,
          out + 8 * i);
    printf("%.0f\n", now_ns() - began);
  }
  FILE *results = fopen(argv[2], "wb");
  if (results == NULL || fwrite(out, sizeof(double) * 8, count, results) != (size_t)count) return 2;
  return fclose(results);
}

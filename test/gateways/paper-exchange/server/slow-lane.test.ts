import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../../../../gateways/paper-exchange/log.ts';
import { createHttp, createHttpServer } from '../../../../gateways/paper-exchange/server/http.ts';
import { IpLimits, NO_LIMITS } from '../../../../gateways/paper-exchange/server/limits.ts';
import {
  type Clockwork,
  type Conduct,
  SlowLane,
} from '../../../../gateways/paper-exchange/server/slow-lane.ts';

/** A clockwork that moves by hand. */
class ByHand implements Clockwork {
  ms = 0;
  readonly rests: number[] = [];
  #next: (() => void)[] = [];

  nowMs(): number {
    return this.ms;
  }

  soon(then: () => void): void {
    this.#next.push(then);
  }

  later(ms: number, then: () => void): void {
    this.rests.push(ms);
    this.#next.push(() => {
      this.ms += ms;
      then();
    });
  }

  /** One step of whatever is to come; false when nothing is. */
  async step(): Promise<boolean> {
    const next = this.#next.shift();
    next?.();
    // What a step lets go runs before the next.
    await Promise.resolve();
    await Promise.resolve();
    return next !== undefined;
  }

  async run(): Promise<void> {
    while (await this.step());
  }
}

let clock: ByHand;
let lane: SlowLane;

beforeEach(() => {
  clock = new ByHand();
  lane = new SlowLane(clock);
});

function badConnection(): Conduct {
  const conduct = lane.watch();
  for (let fault = 0; fault < 10; fault += 1) conduct.fault();
  return conduct;
}

/** Lets a connection wait for so many turns; each notes its name and takes so long. */
function wait(conduct: Conduct, name: string, times: number, served: string[], takesMs = 0): void {
  for (let index = 0; index < times; index += 1) {
    void conduct.turn()?.then(() => {
      served.push(name);
      clock.ms += takesMs;
    });
  }
}

describe('a connection', () => {
  test('that sends what can be read never waits', () => {
    const conduct = lane.watch();
    for (let times = 0; times < 1000; times += 1) expect(conduct.turn()).toBeUndefined();
  });

  test('is forgiven a few faults, and no more', () => {
    const conduct = lane.watch();
    for (let fault = 0; fault < 5; fault += 1) conduct.fault();
    expect(conduct.turn()).toBeUndefined();
    conduct.fault();
    expect(conduct.turn()).toBeDefined();
  });

  test('is answered at once again after some quiet seconds, whatever it did before', () => {
    const conduct = lane.watch();
    for (let fault = 0; fault < 100_000; fault += 1) conduct.fault();
    expect(conduct.isGood).toBe(false);
    clock.ms += 5000;
    expect(conduct.turn()).toBeUndefined();
  });

  test('may go on with a fault now and then for ever', () => {
    const conduct = lane.watch();
    for (let fault = 0; fault < 100; fault += 1) {
      conduct.fault();
      clock.ms += 250;
      expect(conduct.turn()).toBeUndefined();
    }
  });

  test('that waits is served in the order of its requests, also once it is forgiven', async () => {
    const conduct = badConnection();
    const served: string[] = [];
    wait(conduct, 'first', 1, served);
    clock.ms += 60_000;
    wait(conduct, 'second', 1, served);
    expect(served).toEqual([]);
    await clock.run();
    expect(served).toEqual(['first', 'second']);
    expect(conduct.turn()).toBeUndefined();
  });

  test('is a flood when it has sent a thousand without an answer', async () => {
    const conduct = badConnection();
    wait(conduct, 'x', 999, []);
    expect(conduct.isFlood).toBe(false);
    wait(conduct, 'x', 1, []);
    expect(conduct.isFlood).toBe(true);
    await clock.run();
    expect(conduct.isFlood).toBe(false);
  });
});

describe('the slow lane', () => {
  test('serves one request of each connection in turn, however many one of them sends', async () => {
    const served: string[] = [];
    wait(badConnection(), 'a', 4, served);
    wait(badConnection(), 'b', 2, served);
    wait(badConnection(), 'c', 1, served);
    await clock.run();
    expect(served.join('')).toBe('abcabaa');
  });

  test('serves one request between two looks at the sockets', async () => {
    const served: string[] = [];
    wait(badConnection(), 'a', 3, served);
    await clock.step();
    expect(served).toHaveLength(1);
    await clock.step();
    expect(served).toHaveLength(2);
  });

  test('rests three times as long as it worked', async () => {
    const served: string[] = [];
    wait(badConnection(), 'a', 4, served, 7);
    await clock.run();
    expect(clock.rests).toEqual([21, 21, 21, 21]);
  });

  test('works for a millisecond before it rests', async () => {
    wait(badConnection(), 'a', 8, [], 0.25);
    await clock.run();
    expect(clock.rests).toEqual([3, 3]);
  });

  test('leaves nothing to do once nobody waits, and begins anew', async () => {
    const served: string[] = [];
    for (let times = 1; times <= 3; times += 1) {
      wait(badConnection(), 'a', 2, served);
      await clock.run();
      expect(served).toHaveLength(2 * times);
    }
  });
});

describe('over HTTP', () => {
  let sent = 0;
  const desk = async () => {
    sent += 1;
    return sent > 6 ? { status: 200, json: 'good' } : { status: 422, text: 'bad' };
  };
  const server = createHttpServer();
  let stuck: ByHand;

  beforeAll(async () => {
    stuck = new ByHand();
    const ips = new IpLimits(NO_LIMITS);
    server.on('request', createHttp(desk, ips, createLog('silent'), new SlowLane(stuck)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  const agents: Agent[] = [];

  afterAll(() => {
    for (const agent of agents) agent.destroy();
    server.closeAllConnections();
    server.close();
  });

  const client = () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    const { port } = server.address() as AddressInfo;
    return async (): Promise<number> => {
      const call = request({ port, method: 'POST', path: '/info', agent });
      call.end('{}');
      const [answer] = await once(call, 'response');
      answer.resume();
      await once(answer, 'end');
      return answer.statusCode;
    };
  };

  test('who sends what cannot be read waits for the lane, and nobody else does', async () => {
    const hostile = client();
    const honest = client();
    const codes: number[] = [];
    for (let times = 0; times < 6; times += 1) codes.push(await hostile());
    expect(new Set(codes)).toEqual(new Set([422]));
    let isAnswered = false;
    const seventh = hostile().then((code) => {
      isAnswered = true;
      return code;
    });
    for (let times = 0; times < 20; times += 1) expect(await honest()).toBe(200);
    expect(isAnswered).toBe(false);
    await stuck.run();
    expect(await seventh).toBe(200);
  });
});

/**
 * ccxt's unified methods against the exchange at a URL. Changed: `urls.api`, and nothing else. ccxt
 * has no test network at this address, so it signs for mainnet unless its sandbox mode is on.
 *
 * Usage: flows.mjs BASE_URL KEY ADDRESS [FLOW...]
 */
import ccxt from 'ccxt';
import { refusal, report } from '../report.mjs';

const [, , baseUrl, privateKey, walletAddress, ...names] = process.argv;
const ETH = 'ETH/USDC:USDC';

function pointed(Exchange, options = {}) {
  const exchange = new Exchange({ walletAddress, privateKey, enableRateLimit: false, ...options });
  const api = { public: baseUrl, private: baseUrl };
  exchange.urls.api = { ...api, ws: { public: `${baseUrl.replace('http', 'ws')}/ws` } };
  return exchange;
}

const venue = pointed(ccxt.hyperliquid);
/** The orders of the unified interface without their raw form, which may be long. */
const brief = ({ id, clientOrderId, status, side, type, price, amount, filled, remaining }) => ({
  id,
  clientOrderId,
  status,
  side,
  type,
  price,
  amount,
  filled,
  remaining,
});

const last = async () => (await venue.fetchOrderBook(ETH)).bids[0][0];
const farBelow = async () => Math.round((await last()) * 0.6);
const fetched = async (id) => brief(await venue.fetchOrder(id, ETH));

async function closePosition() {
  const [position] = await venue.fetchPositions([ETH]);
  if (!position) return;
  const side = position.side === 'long' ? 'sell' : 'buy';
  const reduceOnly = { reduceOnly: true };
  await venue.createOrder(ETH, 'market', side, position.contracts, await last(), reduceOnly);
}
async function cancelOpen() {
  const open = await venue.fetchOpenOrders(ETH);
  if (open.length > 0)
    await venue.cancelOrders(
      open.map(({ id }) => id),
      ETH,
    );
}

/** Listens without a pause, so that nothing is told between two calls; finds a row that was told. */
function heard(watch) {
  let told = [];
  const listen = async () => {
    for (;;) told = [...(await watch())];
  };
  listen().catch(() => undefined);
  return async (isWanted) => {
    for (;;) {
      const row = told.find(isWanted);
      if (row !== undefined) return row;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
}

const flows = {
  async loadMarkets() {
    const markets = await venue.loadMarkets();
    const { id, base, swap, precision, limits, contractSize } = markets[ETH];
    return {
      count: Object.keys(markets).length,
      market: { id, base, swap, precision, contractSize, maxLeverage: limits.leverage.max },
      approvedBuilderFee: venue.options.approvedBuilderFee ?? null,
      refSet: venue.options.refSet ?? null,
    };
  },

  async publicData() {
    const time = await venue.fetchTime();
    const book = await venue.fetchOrderBook(ETH, 5);
    const candles = await venue.fetchOHLCV(ETH, '15m', undefined, 10, { until: book.timestamp });
    const rates = await venue.fetchFundingRates([ETH]);
    const history = await venue.fetchFundingRateHistory(ETH, book.timestamp - 86_400_000);
    const tickers = await venue.fetchTickers([ETH, 'BTC/USDC:USDC']);
    return {
      time,
      status: (await venue.fetchStatus()).status,
      book: { bids: book.bids.length, asks: book.asks.length, symbol: book.symbol },
      candles: candles.slice(-1),
      candleCount: candles.length,
      fundingRate: rates[ETH].fundingRate,
      history: history.length,
      tickers: Object.values(tickers).map(({ symbol, last: px, bid, ask }) => [
        symbol,
        px,
        bid,
        ask,
      ]),
      trades: (await venue.fetchTrades(ETH, undefined, 5, { user: walletAddress })).length,
      openInterest: (await venue.fetchOpenInterest(ETH)).openInterestAmount,
      currencies: Object.keys(await venue.fetchCurrencies()),
    };
  },

  async balance() {
    const { USDC } = await venue.fetchBalance();
    const fee = await venue.fetchTradingFee(ETH);
    return { USDC, fee: { maker: fee.maker, taker: fee.taker } };
  },

  async limitOrder() {
    const clientOrderId = '0xa1b2c3d4000000000000000000000a01';
    const price = await farBelow();
    const placed = await venue.createOrder(ETH, 'limit', 'buy', 0.2, price, { clientOrderId });
    const open = (await venue.fetchOpenOrders(ETH)).map(brief);
    const order = await fetched(placed.id);
    const cancelled = await venue.cancelOrder(placed.id, ETH);
    return {
      price,
      placed: brief(placed),
      open,
      order,
      cancelled: cancelled.status ?? cancelled.info,
      after: await fetched(placed.id),
      cancelledAgain: await refusal(venue.cancelOrder(placed.id, ETH)),
    };
  },

  async cancelByClientOrderId() {
    const clientOrderId = '0xa1b2c3d4000000000000000000000a02';
    const params = { clientOrderId };
    await venue.createOrder(ETH, 'limit', 'buy', 0.2, await farBelow(), params);
    const byCloid = brief(await venue.fetchOrder(clientOrderId, ETH));
    await venue.cancelOrder(undefined, ETH, params);
    return { byCloid, after: brief(await venue.fetchOrder(clientOrderId, ETH)) };
  },

  async marketOrder() {
    const price = await last();
    const opened = await venue.createOrder(ETH, 'market', 'buy', 0.05, price);
    const [position] = await venue.fetchPositions([ETH]);
    const { symbol, side, contracts, leverage, marginMode } = position;
    const closed = await venue.createOrder(ETH, 'market', 'sell', 0.05, price, {
      reduceOnly: true,
    });
    const trades = await venue.fetchMyTrades(ETH);
    return {
      opened: brief(opened),
      position: { symbol, side, contracts, leverage, marginMode },
      closed: brief(closed),
      after: (await venue.fetchPositions([ETH])).length,
      trades: trades.slice(-2).map(({ order, side: at, amount, takerOrMaker, fee }) => ({
        order,
        side: at,
        amount,
        takerOrMaker,
        fee,
      })),
      order: await fetched(opened.id),
    };
  },

  async timeInForce() {
    const [below, above] = [await farBelow(), Math.round((await last()) * 1.1)];
    const at = (price, params) => venue.createOrder(ETH, 'limit', 'buy', 0.05, price, params);
    const postOnly = await at(below, { postOnly: true });
    const row = (await venue.fetchOpenOrders(ETH)).map(({ id, timeInForce, postOnly: alo }) => ({
      id,
      timeInForce,
      postOnly: alo,
    }));
    await venue.cancelOrder(postOnly.id, ETH);
    const immediate = await at(above, { timeInForce: 'IOC' });
    const reduced = await venue.createOrder(ETH, 'limit', 'sell', 0.05, below, {
      reduceOnly: true,
      timeInForce: 'IOC',
    });
    return {
      postOnly: brief(postOnly),
      row,
      crossing: await refusal(at(above, { postOnly: true })),
      immediate: brief(immediate),
      reduced: brief(reduced),
      unmatched: await refusal(at(below, { timeInForce: 'IOC' })),
      increasing: await refusal(at(above, { reduceOnly: true })),
      tooSmall: await refusal(venue.createOrder(ETH, 'limit', 'buy', 0.001, below)),
    };
  },

  async triggerOrders() {
    const px = await last();
    const [low, high] = [Math.round(px * 0.8), Math.round(px * 1.2)];
    await venue.createOrder(ETH, 'market', 'buy', 0.05, px);
    const sell = (type, price, params) =>
      venue.createOrder(ETH, type, 'sell', 0.05, price, { reduceOnly: true, ...params });
    const placed = {
      stopMarket: await sell('market', low, { stopLossPrice: low }),
      stopLimit: await sell('limit', low - 20, { stopLossPrice: low }),
      takeProfitMarket: await sell('market', high, { takeProfitPrice: high }),
      takeProfitLimit: await sell('limit', high, { takeProfitPrice: high }),
    };
    const open = await venue.fetchOpenOrders(ETH);
    const rows = Object.fromEntries(
      Object.entries(placed).map(([name, { id }]) => {
        const row = open.find((order) => order.id === id);
        return [name, row && { type: row.info.orderType, triggerPrice: row.triggerPrice }];
      }),
    );
    await venue.cancelOrders(
      open.map(({ id }) => id),
      ETH,
    );
    await venue.createOrder(ETH, 'market', 'sell', 0.05, px, { reduceOnly: true });
    return { low, high, rows, open: (await venue.fetchOpenOrders(ETH)).length };
  },

  async bracket() {
    const px = await last();
    const prices = { stop: Math.round(px * 0.9), take: Math.round(px * 1.1) };
    const placed = await venue.createOrder(ETH, 'limit', 'buy', 0.05, Math.round(px * 1.05), {
      stopLoss: { triggerPrice: prices.stop, type: 'market', price: prices.stop - 50 },
      takeProfit: { triggerPrice: prices.take, type: 'market', price: prices.take },
    });
    const open = await venue.fetchOpenOrders(ETH);
    await closePosition();
    await cancelOpen();
    return {
      placed: brief(placed),
      children: open.map(({ info, triggerPrice }) => [info.orderType, triggerPrice]),
      prices,
    };
  },

  async editOrder() {
    const price = await farBelow();
    const placed = await venue.createOrder(ETH, 'limit', 'buy', 0.2, price);
    const edited = await venue.editOrder(placed.id, ETH, 'limit', 'buy', 0.1, price + 5);
    const open = (await venue.fetchOpenOrders(ETH)).map(brief);
    await venue.cancelOrders(
      open.map(({ id }) => id),
      ETH,
    );
    return { price, placed: placed.id, edited: brief(edited), open, old: await fetched(placed.id) };
  },

  async manyOrders() {
    const price = await farBelow();
    const one = { symbol: ETH, type: 'limit', side: 'buy', amount: 0.1 };
    const placed = await venue.createOrders([
      { ...one, price },
      { ...one, price: price - 1 },
    ]);
    const ids = placed.map(({ id }) => id);
    const cancelled = await venue.cancelOrders(ids, ETH);
    const closed = await venue.fetchCanceledOrders(ETH);
    return {
      placed: placed.map(brief),
      cancelled: cancelled.length,
      found: ids.every((id) => closed.some((order) => order.id === id)),
      orders: (await venue.fetchOrders(ETH)).length > 1,
    };
  },

  async leverage() {
    const set = await venue.setLeverage(7, ETH, { marginMode: 'cross' });
    const mode = await venue.setMarginMode('isolated', ETH, { leverage: 5 });
    const px = await last();
    await venue.createOrder(ETH, 'market', 'buy', 0.5, px);
    const added = await venue.addMargin(ETH, 10);
    const reduced = await venue.reduceMargin(ETH, 5);
    const [position] = await venue.fetchPositions([ETH]);
    await venue.createOrder(ETH, 'market', 'sell', 0.5, px, { reduceOnly: true });
    const restored = await venue.setLeverage(20, ETH, { marginMode: 'cross' });
    return {
      set: set.status,
      mode: mode.status,
      added: added.info?.status ?? added.status,
      reduced: reduced.info?.status ?? reduced.status,
      position: { leverage: position.leverage, marginMode: position.marginMode },
      liquidationPrice: position.liquidationPrice,
      restored: restored.status,
      tooHigh: await refusal(venue.setLeverage(500, ETH, { marginMode: 'cross' })),
    };
  },

  async twap() {
    const started = await venue.createTwapOrder(ETH, 'buy', 2, 30 * 60_000);
    const cancelled = await venue.cancelTwapOrder(started.id, ETH);
    await closePosition();
    return { started: started.id, cancelled: cancelled.status ?? cancelled.info };
  },

  async accountHistory() {
    return {
      ledger: (await venue.fetchLedger()).length,
      deposits: (await venue.fetchDeposits()).length,
      withdrawals: (await venue.fetchWithdrawals()).length,
      funding: (await venue.fetchFundingHistory(ETH)).length,
    };
  },

  async transfer() {
    const spot = await venue.transfer('USDC', 25, 'swap', 'spot');
    const back = await venue.transfer('USDC', 25, 'spot', 'swap');
    return { spot: spot.info?.status ?? spot, back: back.info?.status ?? back };
  },

  async sandbox() {
    const sandbox = new ccxt.hyperliquid({ walletAddress, privateKey, enableRateLimit: false });
    sandbox.setSandboxMode(true);
    sandbox.urls.api = { public: baseUrl, private: baseUrl };
    const placed = await sandbox.createOrder(ETH, 'limit', 'buy', 0.2, await farBelow());
    await sandbox.cancelOrder(placed.id, ETH);
    return brief(placed);
  },

  async stream() {
    const pro = pointed(ccxt.pro.hyperliquid);
    await pro.loadHttpProxyAgent();
    await pro.loadMarkets();
    const price = await farBelow();
    const book = await pro.watchOrderBook(ETH);
    const ticker = await pro.watchTicker(ETH);
    const tickers = await pro.watchTickers([ETH]);
    const candles = await pro.watchOHLCV(ETH, '1m');
    const balance = await pro.watchBalance();
    const watching = { orders: pro.watchOrders(ETH), trades: heard(() => pro.watchMyTrades(ETH)) };
    const first = await pro.createOrderWs(ETH, 'limit', 'buy', 0.2, price);
    const orders = (await watching.orders).map(brief);
    const edited = await pro.editOrderWs(first.id, ETH, 'limit', 'buy', 0.1, price + 3);
    const cancelled = await pro.cancelOrderWs(edited.id, ETH);
    const market = await pro.createOrderWs(ETH, 'market', 'buy', 0.05, await last());
    const trade = await watching.trades(({ order }) => order === market.id);
    const positions = await pro.watchPositions([ETH]);
    const publicTrades = await pro.watchTrades(ETH);
    await pro.createOrderWs(ETH, 'market', 'sell', 0.05, await last(), { reduceOnly: true });
    const refused = await refusal(pro.createOrderWs(ETH, 'limit', 'buy', 0.001, price));
    const told = {
      book: [book.symbol, book.bids.length],
      ticker: [ticker.symbol, typeof ticker.last],
      tickers: Object.keys(tickers),
      candle: candles.at(-1)?.length,
      balance: balance.USDC,
      first: brief(first),
      orders,
      edited: edited.id,
      cancelled: cancelled.status ?? cancelled.info,
      market: brief(market),
      trade: trade.amount,
      positions: positions.map(({ symbol, side, contracts }) => [symbol, side, contracts]),
      publicTrades: publicTrades.length > 0,
      refused,
    };
    await pro.close();
    return told;
  },
};

const asked = names.length > 0 ? names : Object.keys(flows);
await report(Object.fromEntries(asked.map((name) => [name, flows[name]])));

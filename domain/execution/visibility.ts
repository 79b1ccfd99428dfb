/** Names of the search attributes by which Temporal's UI and CLI find orders and sessions. */
export const SEARCH_ATTRIBUTES = {
  account: 'PerpetuaAccount',
  asset: 'PerpetuaAsset',
  strategy: 'PerpetuaStrategy',
  session: 'PerpetuaSession',
  orderStatus: 'PerpetuaOrderStatus',
} as const;

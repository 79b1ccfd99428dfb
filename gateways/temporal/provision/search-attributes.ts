/** The search attributes of our workflows, as a Temporal server must know them. */
export const SEARCH_ATTRIBUTES = [
  'PerpetuaAccount',
  'PerpetuaAsset',
  'PerpetuaStrategy',
  'PerpetuaSession',
  'PerpetuaOrderStatus',
] as const;

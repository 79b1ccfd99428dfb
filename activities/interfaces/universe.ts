/** What the universe workflow may ask for. Types over domain, nothing else. */

export interface UniverseRequest {
  /** Most members. */
  readonly size: number;
  /** Most markets that are looked at, those of the greatest volume first. */
  readonly looked: number;
}

export interface UniverseChosen {
  readonly venue: string;
  /** On the market's clock. */
  readonly atMs: number;
  /** Best first. */
  readonly members: readonly { readonly asset: string; readonly score: number }[];
  readonly joined: readonly string[];
  readonly dropped: readonly string[];
  readonly looked: number;
  readonly passedOver: number;
}

export interface UniverseActivities {
  /** Looks at the venue's markets, chooses, and keeps what was chosen with its reasons. */
  chooseUniverse(request: UniverseRequest): Promise<UniverseChosen>;
}

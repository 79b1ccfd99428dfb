/** The activity of the bare workflow. */
export interface BareActivities {
  /** Does nothing; the moment that it runs is what is measured. */
  touch(): Promise<void>;
}

/** One thing that a request does not have, so that a rule does not permit it. */
export interface Lack {
  readonly kind:
    | 'role'
    | 'identifier'
    | 'operation'
    | 'filter'
    | 'own-filter'
    | 'read'
    | 'compare'
    | 'nested'
    | 'window'
    | 'period'
    | 'grondslag'
    | 'fact'
  /**
   * A sentence for the requester. Says nothing that the requester did not send or prove itself, and holds no personal
   * data.
   */
  readonly text: string
  /** The place that it is about, where there is one. */
  readonly path?: string
  /** The kind of the requester's own identifier that was wanted. */
  readonly identifier?: string
}

/** No lack: one value for all, because it is what nearly every condition of a good request gives. */
export const nothing: readonly Lack[] = Object.freeze([])

/** One stored pair. */
export interface Entry {
  readonly key: Buffer
  readonly value: Buffer
}

/** Sets the value of a key, or removes the key when `value` is `undefined`. */
export interface Change {
  readonly key: Buffer
  readonly value: Buffer | undefined
}

/** The keys from `from` up to but not including `to`, compared byte for byte. */
export interface ByteRange {
  readonly from: Buffer
  readonly to: Buffer
  /** Ascending unless said otherwise. */
  readonly order?: 'descending'
}

/**
 * An open ordered map of bytes: all that the memory and level backends differ in.
 *
 * A call may throw `store.damaged`; every other error means that the medium failed.
 */
export interface OrderedBytes {
  /** The value as the last finished `apply` left it. */
  getSync(key: Buffer): Buffer | undefined
  /** The entries of a range as they were when the iteration began. */
  scan(range: ByteRange): AsyncIterable<Entry>
  /** What is stored now, whatever is applied later. */
  snapshot(): BytesSnapshot
  /** Does all changes or none; durable when it returns. Called again only after the call before has ended. */
  apply(changes: readonly Change[]): Promise<void>
  close(): Promise<void>
}

/** The bytes as they were at one moment. */
export interface BytesSnapshot {
  scan(range: ByteRange): AsyncIterable<Entry>
  /** Lets go of what was kept for it. */
  close(): Promise<void>
}

/** Where the bytes live while nobody has them open. */
export interface BytesPlace {
  /** @throws `store.locked`, `store.damaged`, `store.unavailable` */
  open(): Promise<OrderedBytes>
  /** Whether the medium has room for about so many bytes, and enough for itself. */
  hasRoom(bytes: number): Promise<boolean>
  /** Returns when opening has a chance to succeed; needs no open handle and disturbs none. */
  probe(): Promise<void>
}

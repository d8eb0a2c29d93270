import { NodeError } from '../kernel/errors.js'

/** Reads one value after another from bytes in the form of SSH. */
export interface SshReader {
  uint32(): number
  /** Bytes with their length in front. */
  bytes(): Buffer
  text(): string
  /** A positive whole number in its shortest form, without the zero in front that keeps it positive. */
  number(): Buffer
  /** What was not read yet. */
  rest(): Buffer
}

/**
 * A reader of `data`, whose methods throw `config.invalid` with a note when that ends too soon or holds another form.
 * @see RFC 4251 section 5
 */
export function readSsh(data: Buffer): SshReader {
  let at = 0
  const take = (length: number): Buffer => {
    if (length > data.length - at) throw unusable('it ends too soon')
    at += length
    return data.subarray(at - length, at)
  }
  const uint32 = (): number => take(4).readUInt32BE()
  const bytes = (): Buffer => take(uint32())
  return {
    uint32,
    bytes,
    text: () => bytes().toString('latin1'),
    number() {
      const value = bytes()
      const [first = 0, second = 0] = value
      if (value.length === 0 || first >= 0x80 || (first === 0 && second < 0x80)) throw unusable('a number is malformed')
      return first === 0 ? value.subarray(1) : value
    },
    rest: () => data.subarray(at),
  }
}

/** A key that cannot be used, and why; the note never holds what was read. */
export function unusable(why: string, cause?: unknown): NodeError {
  return new NodeError('config.invalid', { notes: [why], cause })
}

/** Bytes with their length in front. @see RFC 4251 section 5 */
export function writeSshBytes(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([writeSshUint32(bytes.length), bytes])
}

/** A number of 32 bits. */
export function writeSshUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A whole number that is not negative, in its shortest form: no byte at all for zero. @see RFC 4251 section 5 */
export function writeSshNumber(value: Buffer): Buffer {
  const start = value.findIndex((byte) => byte !== 0)
  if (start < 0) return writeSshBytes('')
  const digits = value.subarray(start)
  return writeSshBytes(value.readUInt8(start) >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits)
}

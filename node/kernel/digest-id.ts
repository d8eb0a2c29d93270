/**
 * A UUID of version 8 from a digest: the same digest gives the same id, and whoever types it behind a command needs no
 * quotes and no `--`, because it begins with a letter or a digit.
 *
 * As with `randomId`, nobody can take a part of it for the number of a person: `digestOf` is asked for another digest, by its
 * `turn`, until the id holds no nine digits in a row. Whether two ids are distinct is for the digest to guarantee, of which 122
 * bits are kept.
 *
 * @param digestOf at least 16 bytes that differ by turn
 * @see RFC 9562 section 5.8
 */
export function idOfDigest(digestOf: (turn: number) => Buffer): string {
  for (let turn = 0; ; turn += 1) {
    const id = toUuid(digestOf(turn))
    if (!/\d{9}/.test(id)) return id
  }
}

function toUuid(bytes: Buffer): string {
  const hex = Buffer.from(bytes.subarray(0, 16))
  hex.writeUInt8((hex.readUInt8(6) & 0x0f) | 0x80, 6)
  hex.writeUInt8((hex.readUInt8(8) & 0x3f) | 0x80, 8)
  return hex.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

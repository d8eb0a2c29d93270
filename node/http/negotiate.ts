/**
 * The media type of `offered` that fits `accept` best: the highest quality counts, and of equals the first that is
 * offered. Without a header anything fits. `undefined` when nothing does.
 *
 * Parameters of a range other than its quality are not compared.
 * @see RFC 9110 section 12.5.1
 */
export function chooseMediaType<T extends string>(accept: string | undefined, offered: readonly T[]): T | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0]
  const ranges = accept.split(',').flatMap((range) => parseRange(range) ?? [])
  let best: { readonly type: T; readonly quality: number } | undefined
  for (const type of offered) {
    const quality = qualityOf(type, ranges)
    if (quality > (best?.quality ?? 0)) best = { type, quality }
  }
  return best?.type
}

interface MediaRange {
  readonly type: string
  readonly quality: number
}

const rangePattern = /^(?:\*\/\*|[a-z0-9!#$&^_.+-]+\/(?:\*|[a-z0-9!#$&^_.+-]+))$/
const qualityPattern = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/** One range of the header; what is none is left out, as if it were not there. */
function parseRange(text: string): MediaRange | undefined {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  if (!rangePattern.test(type)) return undefined
  const given = parameters.find((parameter) => parameter.startsWith('q='))
  if (given === undefined) return { type, quality: 1 }
  const quality = qualityPattern.exec(given)?.[1]
  return quality === undefined ? undefined : { type, quality: Number(quality) }
}

/** That of the most specific range which fits. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const [group = ''] = type.split('/')
  for (const wanted of [type, `${group}/*`, '*/*']) {
    const found = ranges.filter((range) => range.type === wanted)
    if (found.length > 0) return Math.max(...found.map(({ quality }) => quality))
  }
  return 0
}

/**
 * True when `ifNoneMatch` names `etag`, or anything: then what the caller has is still good.
 * @see RFC 9110 section 13.1.2: the comparison is weak
 */
export function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const names = ifNoneMatch.split(',').map((name) => name.trim())
  return names.includes('*') || names.some((name) => name.replace(/^W\//, '') === etag)
}

import { RegistryError } from './error.js'

/** Hosts of this machine: the only ones that are asked without TLS. */
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * Reads an address that a token or a question may be sent to: https, or http on this machine; without user name,
 * password and fragment.
 * @throws RegistryError `invalid_request`
 */
export function parseAddress(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.test(url.hostname))
  if (url === undefined || !isSafe) throw invalid(`${what} is no https address.`)
  if (url.username !== '' || url.password !== '') throw invalid(`${what} holds a user name or a password.`)
  if (url.hash !== '') throw invalid(`${what} has a fragment.`)
  return checkPersonless(url)
}

/** The internal address of the own node: http is usual, since it is not reached from outside. */
export function parseNodeAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw invalid('nodeUrl is no http or https address.')
  if (url.search !== '' || url.hash !== '') throw invalid('nodeUrl has a query or a fragment.')
  return url
}

/**
 * An address below another one, from parts that are encoded here.
 * @throws RegistryError `invalid_request` for a part or value that could be a burgerservicenummer
 */
export function addressBelow(
  base: URL,
  parts: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): URL {
  const url = new URL(base)
  url.pathname = [base.pathname.replace(/\/+$/, ''), ...parts.map(encodePart)].join('/')
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  return checkPersonless(url)
}

/**
 * Refuses an address that holds a number of nine digits that could be a burgerservicenummer, also when it is encoded:
 * addresses end up in logs.
 * @throws RegistryError `invalid_request`, which does not repeat it
 */
export function checkPersonless(url: URL): URL {
  const text = [url.href, decode(url.href), decode(decode(url.href))].join('\n').normalize('NFKC')
  const numbers = text.match(/(?<![0-9a-f])[0-9]{9}(?![0-9a-f])/gi) ?? []
  if (numbers.some(isBsnShaped)) {
    throw invalid('An address must not hold a number that could be a burgerservicenummer. Send it in a body instead.')
  }
  return url
}

/** True for nine digits that pass the 11-test, other than nine zeros. */
export function isBsnShaped(text: string): boolean {
  if (!/^[0-9]{9}$/.test(text) || text === '000000000') return false
  const sum = [...text].reduce((total, digit, index) => total + Number(digit) * (index === 8 ? -1 : 9 - index), 0)
  return sum % 11 === 0
}

/** A part that is empty or walks up would be another address. */
function encodePart(part: string): string {
  if (part === '' || part === '.' || part === '..') throw invalid('A part of an address is empty or made of points.')
  return encodeURIComponent(part)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // Not percent-encoded as it should be; it is looked at as it stands.
    return text
  }
}

function invalid(message: string): RegistryError {
  return new RegistryError('invalid_request', message, { from: 'client' })
}

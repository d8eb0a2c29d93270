import { STATUS_CODES } from 'node:http'
import type { HttpAnswer } from '../exchange.js'
import type { PublicError } from './public-error.js'

/** The words of the handbook, by public code. Any other refusal is its status in words. */
const words: Readonly<Record<string, string>> = {
  'audience-required': 'audience is required',
  'audience-unknown': 'audience is not known',
  'scope-missing': 'Invalid scope',
  'scope-refused': 'Access denied, invalid scope',
  'unsupported-grant': 'grant_type is not supported',
  'actor-refused': 'authenticating with issuing authority',
  'certificate-refused': 'Invalid Client Certificate',
}

/**
 * A refusal as those who connect to the iWlz afsprakenstelsel know it: a status and a few words, as a JSON text. Which
 * rule was broken is in the journal and not in the answer.
 * @see iWlz RFC0014 section 10.1
 */
export function nidAnswer({ status, code }: PublicError): HttpAnswer {
  return {
    status,
    headers: { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(words[code] ?? STATUS_CODES[status] ?? 'Error'),
  }
}

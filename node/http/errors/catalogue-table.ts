import { row } from './public-error.js'

/** Why a catalogue of another does not count, or one of this node cannot be published or found, in public words: a part of `table.ts`. */
export const catalogueErrors = {
  'catalogue.malformed': row(502, 'catalogue-malformed', 'The catalogue cannot be understood.'),
  'catalogue.too_large': row(502, 'catalogue-too-large', 'The catalogue is larger than we read.'),
  'catalogue.dataset_unknown': row(404, 'dataset-unknown', 'There is no such dataset in a catalogue here.'),
  'catalogue.filter_unsupported': row(
    400,
    'filter-unsupported',
    'A filter may be a QuerySpec with an offset and a limit, and nothing else.',
  ),
  'catalogue.page_gone': row(410, 'page-gone', 'The catalogue has changed since. Begin again with its first page.'),
  'catalogue.foreign_host': row(
    502,
    'catalogue-foreign-host',
    'The catalogue is at a host that is neither that of the DID nor one that its document names.',
  ),
  'catalogue.integrity': row(502, 'catalogue-integrity', 'The catalogue is not the one that its publisher signed.'),
  'catalogue.invalid': row(502, 'catalogue-invalid', 'The catalogue does not hold to the rules of the network.'),
  'catalogue.not_served': row(502, 'catalogue-not-served', 'There is no catalogue where its publisher says.'),
  'catalogue.person_number': row(
    502,
    'catalogue-person-number',
    'The registration holds a number that could be a BSN.',
  ),
  'catalogue.proof_invalid': row(502, 'catalogue-proof-invalid', 'The proof beside the catalogue does not count.'),
  'catalogue.publisher': row(
    502,
    'catalogue-publisher',
    'The catalogue names another publisher than who registered it.',
  ),
  'catalogue.redirected': row(502, 'catalogue-redirected', 'The catalogue leads elsewhere, and is not followed there.'),
  'catalogue.rollback': row(502, 'catalogue-rollback', 'The catalogue is older than one that was seen before.'),
  'catalogue.stale_list': row(
    502,
    'catalogue-stale-list',
    'The discovery list was not read for a day, so nothing new is taken in.',
  ),
  'catalogue.refused': row(409, 'catalogue-refused', 'The catalogue cannot be published like this.'),
  'catalogue.unknown': row(404, 'catalogue-unknown', 'There is no such catalogue, version, offer or part of one here.'),
  'catalogue.too_slow': row(502, 'catalogue-too-slow', 'The catalogue takes too long to read.'),
} as const

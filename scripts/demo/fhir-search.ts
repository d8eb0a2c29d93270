/** A resource as the practice keeps it. */
export interface FhirRecord {
  readonly resourceType: string
  readonly id: string
  readonly meta: { readonly versionId: string; readonly lastUpdated: string }
  readonly [element: string]: unknown
}

/** What a search parameter looks at, of all types alike. */
const looksAt: Readonly<Record<string, readonly string[]>> = {
  _id: ['id'],
  identifier: ['identifier'],
  patient: ['subject', 'patient'],
  category: ['category'],
  code: ['code'],
  'clinical-status': ['clinicalStatus'],
  status: ['status'],
  intent: ['intent'],
  'recorded-date': ['recordedDate'],
  authoredon: ['authoredOn'],
}
const pageSize = 50

/** The searchset of a search; `undefined` where a parameter is not known. */
export function findResources(search: {
  readonly base: string
  readonly type: string
  readonly parameters: readonly (readonly [string, string])[]
  readonly records: readonly FhirRecord[]
}): { readonly status: number; readonly body: unknown } | undefined {
  const { base, type, parameters, records } = search
  const tests = parameters.filter(([name]) => !/^_(count|sort|include|summary|offset)$/.test(name))
  if (tests.some(([name]) => !Object.hasOwn(looksAt, name.split(':')[0] ?? ''))) return undefined
  const one = (name: string): string | undefined => parameters.find(([each]) => each === name)?.[1]
  const matches = records
    .filter((record) => record.resourceType === type && tests.every(([name, value]) => meets(record, name, value)))
    .sort((a, b) => compareBy(one('_sort'), a, b))
  const bundle = { resourceType: 'Bundle', type: 'searchset', total: matches.length }
  if (one('_summary') === 'count') return { status: 200, body: bundle }
  const [count, offset] = [Number(one('_count') ?? pageSize), Number(one('_offset') ?? 0)]
  const page = matches.slice(offset, offset + count)
  const included =
    one('_include') === undefined ? [] : records.filter((each) => page.some((record) => refersTo(record, each)))
  const entry = (resource: FhirRecord, mode: string) => ({
    fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode },
  })
  const next = new URLSearchParams(parameters.map(([name, value]): [string, string] => [name, value]))
  next.set('_offset', String(offset + count))
  const link = offset + count < matches.length ? [{ relation: 'next', url: `${base}/${type}?${next.toString()}` }] : []
  return {
    status: 200,
    body: {
      ...bundle,
      link,
      entry: [...page.map((each) => entry(each, 'match')), ...included.map((each) => entry(each, 'include'))],
    },
  }
}

function meets(record: FhirRecord, name: string, value: string): boolean {
  const [parameter = '', modifier] = name.split(':')
  const elements = (looksAt[parameter] ?? []).map((element) => record[element]).filter((each) => each !== undefined)
  const isDay = /date|authoredon/.test(parameter)
  const found = value
    .split(',')
    .some((each) => elements.some((element) => (isDay ? isOn(element, each) : has(element, each))))
  return modifier === 'not' ? !found : found
}

function has(element: unknown, wanted: string): boolean {
  if (Array.isArray(element)) return element.some((each) => has(each, wanted))
  if (typeof element === 'string') return element === wanted
  const part = element as Readonly<Record<string, unknown>> // A record of this file's own data.
  if (Array.isArray(part['coding'])) return has(part['coding'], wanted)
  if (typeof part['reference'] === 'string') return part['reference'] === wanted
  const [system, code] = wanted.includes('|') ? wanted.split('|') : [undefined, wanted]
  return (part['code'] ?? part['value']) === code && (system === undefined || part['system'] === system)
}

function isOn(element: unknown, wanted: string): boolean {
  const [, prefix = 'eq', day = ''] = /^(ge|le|gt|lt|eq)?(.*)$/.exec(wanted) ?? []
  const own = String(element).slice(0, day.length)
  const order = own < day ? -1 : own > day ? 1 : 0
  return { eq: order === 0, ge: order >= 0, le: order <= 0, gt: order > 0, lt: order < 0 }[prefix] ?? false
}

function compareBy(sort: string | undefined, a: FhirRecord, b: FhirRecord): number {
  const [element = 'id'] = looksAt[sort?.replace('-', '') ?? '_id'] ?? []
  const order = String(a[element]) < String(b[element]) ? -1 : 1
  return sort?.startsWith('-') === true ? -order : order
}

function refersTo(record: FhirRecord, { resourceType, id }: FhirRecord): boolean {
  return JSON.stringify(record).includes(`"reference":"${resourceType}/${id}"`) && resourceType === 'Medication'
}

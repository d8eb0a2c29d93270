import { describe, expect, test } from '@jest/globals'
import { Permit } from '../../node/policy/permit.js'
import type { DataSource, SourceRequest } from '../../node/sources/data-source.js'
import { permitFor } from '../support/permits.js'
import { refusalOf, rejectionOf } from '../support/refusals.js'

/** A data source under test. */
export interface DataSourceSubject {
  readonly source: DataSource
  /** A request with a filter, which the source answers with one record or more. */
  readonly body: unknown
  /** The same request with another value in the filter. */
  readonly otherBody: unknown
  /** Where the records stand in what it answers; under the name of the operation unless given. */
  readonly place?: string
  /** For a place that cannot show whether a record meets conditions of a permit: then nothing is read. */
  readonly cannotShow?: true
  /** The code for a body that is no request; `source.bad_body` unless given. */
  readonly badBody?: string
  /** How often the place behind the source was read, until now. */
  reads(): number
}

/** What every data source promises: it reads what its permit covers, and nothing else. */
export function describeDataSource(name: string, open: () => Promise<DataSourceSubject>): void {
  describe(`${name} as a data source`, () => {
    async function expectDenied(
      permit: (request: SourceRequest, subject: DataSourceSubject) => Permit,
      change: (request: SourceRequest) => SourceRequest = (request) => request,
    ): Promise<void> {
      const subject = await open()
      const request = subject.source.parse(subject.body)
      const refusal = await rejectionOf(subject.source.read(permit(request, subject), change(request)))
      expect(refusal.code).toBe('access.denied')
      expect(subject.reads()).toBe(0)
    }

    test('a request says what it reads', async () => {
      const { source, body } = await open()
      const request = source.parse(body)
      expect(request.source).toBe(source.name)
      expect(request.fields.length).toBeGreaterThan(0)
      expect(request.fields).toEqual([...new Set(request.fields)].sort())
      expect(request.filters.length).toBeGreaterThan(0)
    })

    test('reads with a permit for the request', async () => {
      const { source, body, reads, place } = await open()
      const request = source.parse(body)
      const answer = await source.read(permitFor(request), request)
      expect(answer.recordCount).toBeGreaterThan(0)
      expect(valuesAt(JSON.parse(answer.data), place ?? request.operation)).toHaveLength(answer.recordCount)
      expect(reads()).toBeGreaterThan(0)
    })

    test('reads with a permit for more fields than the request has', async () => {
      const { source, body } = await open()
      const request = source.parse(body)
      const permit = permitFor(request, { fields: [...request.fields, 'Ander.veld'] })
      expect((await source.read(permit, request)).recordCount).toBeGreaterThan(0)
    })

    test('a permit for one request reads the same request that came again', async () => {
      const { source, body } = await open()
      const permit = permitFor(source.parse(body))
      expect((await source.read(permit, source.parse(body))).recordCount).toBeGreaterThan(0)
    })

    // The casts below are the lies that the source must see through.
    test('refuses to read without a permit', () => expectDenied(() => undefined as unknown as Permit))

    test('refuses an object that looks like a permit', () =>
      expectDenied(() => ({ rules: [], covers: () => true }) as unknown as Permit))

    test('refuses an object that has the prototype of a permit', () =>
      expectDenied(() => Object.assign(Object.create(Permit.prototype) as Permit, { covers: () => true })))

    test('refuses a permit for another source', () =>
      expectDenied((request) => permitFor(request, { source: 'ander' })))

    test('refuses a permit for the source of another party', () =>
      expectDenied((request) => permitFor(request, { party: 'ander' })))

    test('refuses a permit for another operation', () =>
      expectDenied((request) => permitFor(request, { operation: 'ander' })))

    test('refuses a permit that lacks one field', () =>
      expectDenied((request) => permitFor(request, { fields: request.fields.slice(1) })))

    test('refuses a permit without the filters', () => expectDenied((request) => permitFor(request, { filters: [] })))

    test('refuses a permit for another value of a filter', () =>
      expectDenied((_request, { source, otherBody }) => permitFor(source.parse(otherBody))))

    test('refuses a request whose fields were changed after the check', () =>
      expectDenied(
        (request) => permitFor(request, { fields: [] }),
        (request) => ({ ...request, fields: [] }),
      ))

    test('refuses a request whose filters were changed after the check', () =>
      expectDenied(
        (request) => permitFor(request, { filters: [] }),
        (request) => ({ ...request, filters: [] }),
      ))

    test('leaves out a path that the permit does not let leave, and says so', async () => {
      const { source, body, place } = await open()
      const request = source.parse(body)
      const leaf = request.paths.findLast((path) => !request.paths.some((other) => other.startsWith(`${path}.`))) ?? ''
      const paths = request.paths.filter((path) => path !== leaf)
      const whole = await source.read(permitFor(request), request)
      const answer = await source.read(permitFor(request, {}, { paths }), request)
      expect([whole.narrowed, answer.narrowed]).toEqual([undefined, { paths: [leaf], records: false }])
      expect(valuesAt(JSON.parse(whole.data), `${place ?? request.operation}.${leaf}`).length).toBeGreaterThan(0)
      expect(valuesAt(JSON.parse(answer.data), `${place ?? request.operation}.${leaf}`)).toEqual([])
      expect(answer.recordCount).toBe(whole.recordCount)
    })

    test('leaves out the records that do not meet the conditions of the permit, and says that there may be more', async () => {
      const { source, body, cannotShow } = await open()
      const request = source.parse(body)
      if (cannotShow === true) {
        const permit = permitFor(request, {}, { where: [{ kind: 'and', of: [] }] })
        expect((await rejectionOf(source.read(permit, request))).code).toBe('access.denied')
        return
      }
      const nobody = await source.read(permitFor(request, {}, { where: [{ kind: 'or', of: [] }] }), request)
      expect([nobody.recordCount, nobody.narrowed]).toEqual([0, { paths: [], records: true }])
      const all = await source.read(permitFor(request, {}, { where: [{ kind: 'and', of: [] }] }), request)
      expect(all.recordCount).toBe((await source.read(permitFor(request), request)).recordCount)
    })

    test.each([undefined, null, true, 42, '', [], {}])('refuses %j as a request', async (body) => {
      const { source, badBody = 'source.bad_body' } = await open()
      const refusal = refusalOf(() => source.parse(body))
      expect(refusal.code).toBe(badBody)
      expect(refusal.notes.length).toBeGreaterThan(0)
    })

    test('refuses a list of requests', async () => {
      const { source, body, badBody = 'source.bad_body' } = await open()
      expect(refusalOf(() => source.parse([body])).code).toBe(badBody)
    })
  })
}

/** Every value at `path` that is there and not null; lists are looked through. */
function valuesAt(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path))
  if (value === null || value === undefined) return []
  if (path === '') return [value]
  const [name = '', ...rest] = path.split('.')
  return valuesAt((value as Record<string, unknown>)[name], rest.join('.'))
}

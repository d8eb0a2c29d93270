import { describe, expect, test } from '@jest/globals'
import { createBackground } from '../../../node/kernel/background.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createLog, silentLog } from '../../../node/kernel/log.js'
import { encodeSpans } from '../../../node/kernel/otlp.js'
import type { Outbound, OutboundRequest } from '../../../node/kernel/outbound.js'
import { createSpanExport } from '../../../node/kernel/span-export.js'
import { createTracer, sampleByTraceId, type Span, type SpanWork } from '../../../node/kernel/spans.js'
import { startTrace, type Trace } from '../../../node/kernel/trace.js'

const work: SpanWork = { name: 'work', kind: 'internal', attributes: {} }
const call: SpanWork = { name: 'GET', kind: 'client', attributes: { 'server.address': 'node.voorbeeld.example' } }

function tracing(isSampled: (traceId: string) => boolean = () => true) {
  const spans: Span[] = []
  const tracer = createTracer({
    keep: (span) => spans.push(span),
    isSampled,
    codeOf: (error) => NodeError.codeOf(error),
  })
  return { spans, tracer }
}

describe('work within a request', () => {
  test('belongs to its trace, also work inside work', async () => {
    const { spans, tracer } = tracing()
    const trace = startTrace()
    let sent: Trace | undefined
    await tracer.within(trace, () =>
      tracer.timed(work, async () => {
        await tracer.timed(call, async (own) => {
          sent = own
        })
      }),
    )
    const [inner, outer] = spans
    expect(outer).toMatchObject({ traceId: trace.traceId, parentSpanId: trace.spanId, name: 'work', failed: false })
    expect(inner).toMatchObject({ traceId: trace.traceId, parentSpanId: outer?.spanId, name: 'GET' })
    expect(sent?.spanId).toBe(inner?.spanId)
    expect(inner?.endedAt).toBeGreaterThanOrEqual(inner?.startedAt ?? Infinity)
  })

  test('does not belong to that of another request beside it', async () => {
    const { spans, tracer } = tracing()
    const traces = [startTrace(), startTrace()]
    await Promise.all(
      traces.map((trace) =>
        tracer.within(trace, async () => {
          await Promise.resolve()
          await tracer.timed(work, async () => undefined)
        }),
      ),
    )
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual(traces.map(({ spanId }) => spanId))
  })

  test('that fails says its code and never a message', async () => {
    const { spans, tracer } = tracing()
    const failing = tracer.timed({ ...call, trace: startTrace() }, () => Promise.reject(new Error('bsn 999990019')))
    await expect(failing).rejects.toThrow('bsn')
    expect(spans).toMatchObject([{ failed: true, attributes: { 'error.type': 'internal.fault' } }])
    expect(JSON.stringify(spans)).not.toContain('999990019')
  })

  test('says what only its result tells', async () => {
    const { spans, tracer } = tracing()
    const timed = { ...work, trace: startTrace() }
    await tracer.timed(
      timed,
      async () => 204,
      (status) => ({ 'http.response.status_code': status }),
    )
    expect(spans[0]?.attributes).toEqual({ 'http.response.status_code': 204 })
  })
})

describe('work of the node’s own accord', () => {
  test('begins a trace when it calls somebody', async () => {
    const { spans, tracer } = tracing()
    await tracer.timed(call, async () => undefined)
    expect(spans).toHaveLength(1)
    expect(spans[0]?.parentSpanId).toBeUndefined()
  })

  test('is no trace when it calls nobody', async () => {
    const { spans, tracer } = tracing()
    await tracer.timed(work, async () => undefined)
    expect(spans).toEqual([])
  })
})

describe('a part of the traces', () => {
  test('is the same part in every node', () => {
    const ids = Array.from({ length: 2000 }, () => startTrace().traceId)
    const [here, there] = [sampleByTraceId(0.25), sampleByTraceId(0.25)]
    const kept = ids.filter(here)
    expect(ids.filter(there)).toEqual(kept)
    expect(kept.length).toBeGreaterThan(300)
    expect(kept.length).toBeLessThan(700)
    expect(ids.filter(sampleByTraceId(0))).toEqual([])
    expect(ids.filter(sampleByTraceId(1))).toEqual(ids)
  })

  test('leaves out every span of the others', async () => {
    const { spans, tracer } = tracing(() => false)
    const trace = startTrace()
    tracer.served(trace, 0, { name: 'x', attributes: {}, failed: false })
    expect(await tracer.within(trace, () => tracer.timed(work, async () => 'done'))).toBe('done')
    expect(spans).toEqual([])
  })
})

describe('spans on their way to a collector', () => {
  const span: Span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    parentSpanId: 'c'.repeat(16),
    name: 'POST /x',
    kind: 'server',
    startedAt: 1_772_000_000_000.25,
    endedAt: 1_772_000_000_001,
    failed: true,
    attributes: { 'http.route': '/x', 'http.response.status_code': 503, 'bronnet.permitted': false },
  }

  test('are OTLP in JSON: ids in hexadecimal, nanoseconds as text', () => {
    expect(encodeSpans([span], { name: 'node', version: '1.2.3' })).toMatchObject({
      resourceSpans: [
        {
          resource: { attributes: expect.arrayContaining([{ key: 'service.name', value: { stringValue: 'node' } }]) },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: 'a'.repeat(32),
                  spanId: 'b'.repeat(16),
                  parentSpanId: 'c'.repeat(16),
                  kind: 2,
                  startTimeUnixNano: '1772000000000250000',
                  endTimeUnixNano: '1772000000001000000',
                  status: { code: 2 },
                  attributes: [
                    { key: 'http.route', value: { stringValue: '/x' } },
                    { key: 'http.response.status_code', value: { intValue: '503' } },
                    { key: 'bronnet.permitted', value: { boolValue: false } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    })
  })

  function exporting(answer: (request: OutboundRequest) => Promise<{ status: number }>) {
    const requests: OutboundRequest[] = []
    const lines: string[] = []
    const log = createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
    const outbound = {
      request: (request: OutboundRequest) => {
        requests.push(request)
        return answer(request)
      },
    } as unknown as Outbound
    const url = 'https://traces.voorbeeld.example/v1/traces'
    const headers = { authorization: 'Bearer geheim' }
    const spans = createSpanExport({ outbound, log, url, headers, node: { name: 'n', version: '1' } })
    return { spans, requests, lines }
  }

  test('go in batches, with the headers of the settings', async () => {
    const { spans, requests } = exporting(async () => ({ status: 200 }))
    for (let count = 0; count < 600; count += 1) spans.keep(span)
    await spans.flush()
    expect(requests.map(({ method, headers }) => [method, headers?.['authorization']])).toEqual([
      ['POST', 'Bearer geheim'],
      ['POST', 'Bearer geheim'],
    ])
    await spans.flush()
    expect(requests).toHaveLength(2)
  })

  test.each([
    ['refuses', async () => ({ status: 503 })],
    ['is away', async () => Promise.reject(new NodeError('outbound.failed'))],
  ])('are dropped when the collector %s, and the log says so without a secret', async (_, answer) => {
    const { spans, lines } = exporting(answer)
    spans.keep(span)
    await spans.flush()
    expect(lines).toHaveLength(1)
    expect(lines.join('')).not.toContain('geheim')
  })

  test('are dropped and counted when too many wait', async () => {
    const { spans, lines, requests } = exporting(async () => ({ status: 200 }))
    for (let count = 0; count < 5000; count += 1) spans.keep(span)
    await spans.flush()
    expect(requests).toHaveLength(8)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ count: 904 })
  })

  test('go by themselves once the job is started', async () => {
    const { spans, requests } = exporting(async () => ({ status: 200 }))
    const background = createBackground({ log: silentLog })
    spans.start(background)
    spans.keep(span)
    await background.runNow('spans')
    expect(requests).toHaveLength(1)
    await background.stop()
  })
})

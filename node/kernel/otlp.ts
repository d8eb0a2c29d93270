import type { Span } from './spans.js'

/** Which node the spans are of. */
export interface NodeName {
  readonly name: string
  readonly version: string
}

/** 1 is unspecified; these are the numbers of the protocol. */
const kinds = { internal: 1, server: 2, client: 3 } as const
const errorStatus = 2

/**
 * Spans as a collector takes them: the body of `POST /v1/traces` in JSON, where ids are hexadecimal and 64-bit numbers
 * are texts.
 * @see OpenTelemetry Protocol 1.x, "OTLP/HTTP" and "JSON Protobuf Encoding"; semantic conventions for HTTP and databases
 */
export function encodeSpans(spans: readonly Span[], { name, version }: NodeName): object {
  const resource = attributesOf({
    'service.name': name,
    'service.version': version,
    'telemetry.sdk.language': 'nodejs',
  })
  const scope = { name: 'bronnet', version }
  return { resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope, spans: spans.map(encode) }] }] }
}

function encode({ traceId, spanId, parentSpanId, name, kind, startedAt, endedAt, failed, attributes }: Span): object {
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: toNanoseconds(startedAt),
    endTimeUnixNano: toNanoseconds(endedAt),
    attributes: attributesOf(attributes),
    ...(failed ? { status: { code: errorStatus } } : {}),
  }
}

function attributesOf(attributes: object): readonly object[] {
  return Object.entries(attributes).flatMap(([key, value]: [string, unknown]): readonly object[] => {
    if (typeof value === 'string') return [{ key, value: { stringValue: value } }]
    if (typeof value === 'boolean') return [{ key, value: { boolValue: value } }]
    return typeof value === 'number' ? [{ key, value: { intValue: String(value) } }] : []
  })
}

/** Milliseconds with a fraction do not fit a number in nanoseconds. */
function toNanoseconds(milliseconds: number): string {
  const whole = Math.floor(milliseconds)
  return `${String(whole)}${String(Math.floor((milliseconds - whole) * 1e6)).padStart(6, '0')}`
}

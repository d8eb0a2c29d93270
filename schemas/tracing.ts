import { z } from 'zod'

/** Where traces go. */
export const tracingSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        'where an OpenTelemetry collector takes traces (OTLP over HTTP, in JSON), such as ' +
          '`http://localhost:4318/v1/traces`; https, unless it is on this machine; without it no traces are made',
      ),
    ratio: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('part of the traces that is kept, 0 to 1; nodes with the same ratio keep the same traces'),
    headersFile: z
      .string()
      .min(1)
      .optional()
      .describe('file with headers for the collector, `name: value` on each line, such as its token'),
  })
  .prefault({})

import { z } from 'zod'
import { port } from './internal-listener.js'

/** TLS that a node ends itself, for its public side. */
export const tlsSchema = z.strictObject({
  certificate: z
    .string()
    .min(1)
    .describe('PEM file with the certificate of the node, then those of its authorities; read again when it changes'),
  key: z.string().min(1).describe('PEM file with its private key, not encrypted; read again when it changes'),
  host: z.string().min(1).optional().describe('address to listen on; that of `http.public.host` unless given'),
  port: port
    .optional()
    .describe('port for TLS beside the plain one; when left out, `http.public.port` speaks TLS and nothing is plain'),
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => url.startsWith('https:'), 'must be a URL that begins with https://')
    .optional()
    .describe('public base URL over TLS, when it is another than `url`; with the same path'),
  clientCertificates: z
    .boolean()
    .default(false)
    .describe('asks callers for a certificate; who shows none is served all the same, where none is needed'),
})

/** What a party shows of itself where it is asked for a certificate. */
export const clientCertificateSchema = z.strictObject({
  certificate: z
    .string()
    .min(1)
    .describe('PEM file with the certificate, then those of its authorities; read again when it changes'),
  key: z.string().min(1).describe('PEM file with its private key, not encrypted; read again when it changes'),
})

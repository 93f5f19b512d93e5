import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { instrument } from 'kiip-s2s/opentelemetry';

/** Serves the metrics of every client and receiver of this process at `http://127.0.0.1:<port>/metrics`. */
export async function serveMetrics(port: number): Promise<{ close(): Promise<void> }> {
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true });
  const meterProvider = new MeterProvider({ readers: [exporter] });
  await exporter.startServer();
  const stopRecording = instrument({ meterProvider });
  return {
    async close() {
      stopRecording();
      await meterProvider.shutdown();
    },
  };
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Confluent.Kafka;
using Mesh.Kernel;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Messaging.Connections;
using Microsoft.Extensions.Logging;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// One idempotent producer's life (Flow step 4). After a fatal error it is of no more use, so it reports failure once, and the relay makes
/// another from the last acknowledged entry.
/// </summary>
internal sealed class RelayProducer : IDisposable
{
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);
    private static readonly Counter<long> Published = KernelTelemetry.Meter.CreateCounter<long>("cdaprod.mesh.relay.published", "{message}",
        "Messages acknowledged by Kafka.");
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly string _topic;
    private readonly UnacknowledgedMessages _inFlight;
    private readonly Action<string?> _problem;
    private readonly ILogger _logger;

    public RelayProducer(MeshKafkaSettings kafka, UnacknowledgedMessages inFlight, Action<string?> problem, ILogger logger, int maxBytes)
    {
        (_topic, _inFlight, _problem, _logger) = (kafka.Topic, inFlight, problem, logger);
        var config = new ProducerConfig(kafka.NewClientConfig("cdaprod-mesh-relay"))
        {
            Acks = Acks.All,
            EnableIdempotence = true,
            // Without it each message is a request of its own, which cost broker and registry 8 µs a write more; replicas have entries from
            // TailLog sooner.
            LingerMs = 1,
            // The report's error is all that is looked at: what was sent is at hand.
            DeliveryReportFields = "none",
            SocketNagleDisable = true,
            MessageTimeoutMs = 30_000,
            MessageMaxBytes = maxBytes,
            RetryBackoffMs = 50,
            RetryBackoffMaxMs = 500,
        };
        _producer = new ProducerBuilder<byte[], byte[]>(config)
            .SetLogHandler((_, message) => RelayLog.Client(logger, message.Message))
            .SetErrorHandler((_, error) =>
            {
                problem($"{error.Reason} ({error.Code})");
                if (error.IsFatal) inFlight.Fail($"{error.Reason} ({error.Code})");
            })
            .Build();
    }

    /// <summary>
    /// Hands one command and its notifications to the client; what becomes of them shows in <see cref="UnacknowledgedMessages"/>.
    /// </summary>
    /// <exception cref="KafkaException">The client takes no more.</exception>
    public void Send(IReadOnlyList<LogEntry> command, IEnumerable<Notification> notifications)
    {
        (Message<byte[], byte[]> Message, LogEntry? Entry)[] messages =
        [
            .. command.Select(entry => (EventMessage.Of(entry), (LogEntry?)entry)),
            .. notifications.Select(notification => (EventMessage.Of(notification), (LogEntry?)null)),
        ];
        var sending = new Sending(this, _inFlight.Begin(command[^1].Sequence, messages.Length), StartSpan(command, messages.Length),
            messages.Length);
        foreach (var (message, entry) in messages) sending.Send(message, entry);
    }

    /// <summary>Gives what is on its way a moment; what does not arrive comes again after the next start.</summary>
    public void Flush() => _producer.Flush(FlushTime);

    public void Dispose() => _producer.Dispose();

    private Activity? StartSpan(IReadOnlyList<LogEntry> command, int messages)
    {
        if (command[0].TraceParent is not { } text || !KernelTelemetry.Source.HasListeners()
            || !ActivityContext.TryParse(text, null, isRemote: true, out var parent)) return null;
        var current = Activity.Current;
        var span = KernelTelemetry.Source.StartActivity("kafka publish", ActivityKind.Producer, parent);
        span?.SetTag("messaging.system", "kafka").SetTag("messaging.destination.name", _topic)
            .SetTag("messaging.batch.message_count", messages)
            .SetTag("mesh.sequence", command[^1].Sequence);

        // It ends on the client's thread: it must not stay the current one on this.
        Activity.Current = current;
        return span;
    }

    /// <summary>The messages of one command on their way.</summary>
    private sealed class Sending(RelayProducer owner, UnacknowledgedMessages.Group group, Activity? span, int messages)
    {
        private int _left = messages;

        /// <exception cref="KafkaException">The client takes no more.</exception>
        public void Send(Message<byte[], byte[]> message, LogEntry? entry)
        {
            try
            {
                owner._producer.Produce(owner._topic, message, report => Report(report.Error, message, entry));
            }
            catch (ProduceException<byte[], byte[]> exception) when (IsTooLarge(exception.Error))
            {
                // What is over the client's own limit is refused at once, what is over the broker's in its report.
                Report(exception.Error, message, entry);
            }
        }

        private static bool IsTooLarge(Error error) => error.Code is ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize;

        private void Report(Error error, Message<byte[], byte[]> message, LogEntry? entry)
        {
            if (IsTooLarge(error) && entry is not null && message.Value.Length > 0)
            {
                RelayLog.TooLarge(owner._logger, entry.Sequence, message.Value.Length);
                Send(EventMessage.Of(entry, withData: false), entry);
                return;
            }

            if (IsTooLarge(error) && entry is null)
            {
                // It only repeats what the entries say, so it must not hold them up.
                RelayLog.NotificationTooLarge(owner._logger, Encoding.UTF8.GetString(message.Key), message.Value.Length);
                group.Acknowledge();
            }
            else if (error.IsError)
            {
                span?.SetStatus(ActivityStatusCode.Error, error.Reason);
                owner._inFlight.Fail($"Kafka did not accept the entry: {error.Reason} ({error.Code})");
            }
            else
            {
                owner._problem(null);
                Published.Add(1);
                group.Acknowledge();
            }

            if (Interlocked.Decrement(ref _left) == 0) span?.Dispose();
        }
    }
}

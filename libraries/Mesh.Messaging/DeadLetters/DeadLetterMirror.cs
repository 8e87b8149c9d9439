using System.Text.Json;
using Confluent.Kafka;
using Mesh.Contracts.Rest;
using Mesh.Contracts.Waiting;
using Mesh.Kernel.Log;
using Mesh.Kernel.Reconciling.DeadLetters;
using Mesh.Kernel.State;
using Mesh.Messaging.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Messaging.DeadLetters;

/// <summary>
/// Copies dead letters to the Kafka topic, where other tools look for them: key is the id, value the JSON of REST. At least once; while
/// Kafka is unavailable it waits.
/// </summary>
public sealed partial class DeadLetterMirror(DeadLetterStore store, IStateSource states, MeshKafkaSettings kafka, TimeProvider time,
    ILogger<DeadLetterMirror> logger) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(15);
    private readonly Signal _added = new();

    /// <summary>There is a new letter.</summary>
    public void Wake() => _added.Set();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (kafka.BootstrapServers is null) return;
        try
        {
            await states.LogIsOpenAsync(stoppingToken).ConfigureAwait(false);
            while (true)
            {
                // Taken before the letters are read, so that none added meanwhile is left for later.
                var added = _added.Next;
                try
                {
                    await MirrorAsync(stoppingToken).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is KafkaException or LogStoreException)
                {
                    LogNotMirrored(exception.Message, Retry);
                }

                await added.OrAfterAsync(Retry, time, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    // Dead letters are rare: a producer that lives for one round costs less than one that is kept.
    private async Task MirrorAsync(CancellationToken cancellationToken)
    {
        var open = (await store.ListAsync(cancellationToken).ConfigureAwait(false)).Where(letter => !letter.Mirrored).ToList();
        if (open.Count == 0) return;
        var config = new ProducerConfig(kafka.NewClientConfig("cdaprod-mesh-dead-letters"))
        {
            Acks = Acks.All,
            EnableIdempotence = true,
            LingerMs = 0,
            MessageTimeoutMs = 10_000,
        };
        using var producer = new ProducerBuilder<string, byte[]>(config)
            .SetErrorHandler((_, error) => LogNotMirrored(error.Reason, Retry))
            .SetLogHandler((_, _) => { })
            .Build();
        foreach (var letter in open)
        {
            var message = new Message<string, byte[]>
            {
                Key = letter.Id,
                Value = JsonSerializer.SerializeToUtf8Bytes(letter with { Mirrored = true }, DeadLetterJson.Default.DeadLetterRecord),
            };
            await producer.ProduceAsync(kafka.DeadLetterTopic, message, cancellationToken).ConfigureAwait(false);
            await store.SetMirroredAsync(letter, cancellationToken).ConfigureAwait(false);
        }
    }
}

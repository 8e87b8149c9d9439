using Mesh.Kernel;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.Kernel.Support;

/// <summary>A running writer over a SQLite log in a folder, with counters as its only module.</summary>
public sealed class WriterHarness : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private WriterHarness(FaultyLogStore store, TimeProvider time, StateFolder folder, KernelOptions options)
    {
        Store = store;
        Folder = folder;
        Log = new LogFollower(folder, store, time, Options.Create(options), NullLogger<LogFollower>.Instance);
        Writer = new CommandWriter(folder, Log, store, time, Options.Create(options), NullLogger<CommandWriter>.Instance);
    }

    public FaultyLogStore Store { get; }

    public StateFolder Folder { get; }

    public LogFollower Log { get; }

    public CommandWriter Writer { get; }

    public static async Task<WriterHarness> StartAsync(string path, TimeProvider? time = null, bool shared = false,
        IModuleFold? fold = null, KernelOptions? options = null)
    {
        var harness = new WriterHarness(new FaultyLogStore(new SqliteLogStore(path), shared), time ?? TimeProvider.System,
            new StateFolder([fold ?? new CounterFold()]), options ?? new KernelOptions());
        await harness.Writer.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.True(() => harness.Writer.Ready, Deadline, "the writer has read its log");
        return harness;
    }

    public async Task<CommandOutcome> SendAsync(ICommand command, string? key = null, string actor = "user:test", byte request = 1) =>
        await Writer.SendAsync(
        new CommandEnvelope
        {
            Command = command,
            IdempotencyKey = key,
            RequestHash = key is null ? default : new[] { request },
            Actor = actor,
        }, TestContext.Current.CancellationToken);

    public Task<CommandOutcome> SetAsync(string name, int value, string? key = null) => SendAsync(new SetCounters((name, value)), key);

    public int Value(string name) => Log.Current.Facts<CounterState>().Values.GetValueOrDefault(name);

    public async Task<List<LogEntry>> EntriesAsync() =>
        await Store.ReadAsync(0, int.MaxValue, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        (Store.BeforeAppend, Store.AfterAppend, Store.BeforeRead) = (null, null, null);
        await Writer.StopAsync(CancellationToken.None);
        Writer.Dispose();
        await Store.DisposeAsync();
    }
}

using Mesh.Kernel.Log;

namespace Mesh.Tests.Kernel.Support;

/// <summary>A real store with faults that a test switches on.</summary>
public sealed class FaultyLogStore(ILogStore inner, bool shared = false) : ILogStore
{
    private readonly List<ILogStore> _replaced = [];

    /// <summary>Runs before an append reaches the store.</summary>
    public Func<Task>? BeforeAppend { get; set; }

    /// <summary>Runs after an append has been committed, before the writer learns of it.</summary>
    public Func<Task>? AfterAppend { get; set; }

    /// <summary>Runs before a read of head or entries.</summary>
    public Action? BeforeRead { get; set; }

    /// <summary>Puts another database in place of the one there is, as an operator does who restores a copy.</summary>
    public async Task ExchangeAsync(ILogStore other)
    {
        await other.OpenAsync(TestContext.Current.CancellationToken);
        _replaced.Add(inner);
        inner = other;
    }

    public int Appends { get; private set; }

    public int HeadReads { get; private set; }

    public string Description => inner.Description;

    public bool Shared => shared || inner.Shared;

    public ValueTask<LogPosition> OpenAsync(CancellationToken cancellationToken) => inner.OpenAsync(cancellationToken);

    public ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        HeadReads++;
        BeforeRead?.Invoke();
        return inner.ReadHeadAsync(cancellationToken);
    }

    public IAsyncEnumerable<LogEntry> ReadAsync(long afterSequence, int limit, CancellationToken cancellationToken)
    {
        BeforeRead?.Invoke();
        return inner.ReadAsync(afterSequence, limit, cancellationToken);
    }

    public IAsyncEnumerable<LogEntry> SearchAsync(LogQuery query, CancellationToken cancellationToken) =>
        inner.SearchAsync(query, cancellationToken);

    public async ValueTask<bool> TryAppendAsync(LogPosition expected, LogBatch batch, CancellationToken cancellationToken)
    {
        if (BeforeAppend is not null) await BeforeAppend();
        Appends++;
        var appended = await inner.TryAppendAsync(expected, batch, cancellationToken);
        if (AfterAppend is not null) await AfterAppend();
        return appended;
    }

    public ValueTask<IReadOnlyList<CommandRecord>> FindCommandsAsync(IReadOnlyCollection<CommandKey> keys,
        CancellationToken cancellationToken) => inner.FindCommandsAsync(keys, cancellationToken);

    public ValueTask<int> PruneCommandsAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.PruneCommandsAsync(before, cancellationToken);

    public ValueTask<int> DropStatusPayloadsAsync(string stream, long before, CancellationToken cancellationToken) =>
        inner.DropStatusPayloadsAsync(stream, before, cancellationToken);

    public ValueTask<StoredSnapshot?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken) =>
        inner.LoadSnapshotAsync(fingerprint, cancellationToken);

    public ValueTask SaveSnapshotAsync(StoredSnapshot snapshot, CancellationToken cancellationToken) =>
        inner.SaveSnapshotAsync(snapshot, cancellationToken);

    public ValueTask<string?> GetValueAsync(string key, CancellationToken cancellationToken) => inner.GetValueAsync(key, cancellationToken);

    public ValueTask SetValueAsync(string key, string? value, CancellationToken cancellationToken) =>
        inner.SetValueAsync(key, value, cancellationToken);

    public ValueTask<IReadOnlyList<KeyValuePair<string, string>>> ListValuesAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListValuesAsync(prefix, cancellationToken);

    public ValueTask<LogIdentity> RaiseEpochAsync(CancellationToken cancellationToken) => inner.RaiseEpochAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        foreach (var store in _replaced) await store.DisposeAsync();
    }
}

using System.Runtime.CompilerServices;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Mesh.Kernel.State;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>A Registry's log service in memory, whose log a test can exchange and which it can take away.</summary>
internal sealed class MemoryLog(LogMaker log, StateFolder folder) : ILogClient
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LogMaker _log = log;
    private bool _away;
    private int _life;

    public string Description => "memory";

    public bool Away
    {
        set => Change(() =>
        {
            _away = value;
            _life++;
        });
    }

    public LogMaker Log
    {
        get { lock (_lock) return _log; }
    }

    /// <summary>Puts another log in place, as after a restart on another database: open streams end.</summary>
    public void Exchange(LogMaker log) => Change(() =>
    {
        _log = log;
        _life++;
    });

    public IReadOnlyList<LogEntry> Append(params (string, int)[] values)
    {
        IReadOnlyList<LogEntry> entries = [];
        Change(() => entries = _log.Append(values));
        return entries;
    }

    public ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ThrowIfAway();
            return new(_log.Head);
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<LogEntry>> ReadAsync(long afterSequence, int limit,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        LogEntry[] entries;
        lock (_lock)
        {
            ThrowIfAway();
            entries = [.. _log.Entries.Skip((int)afterSequence)];
        }

        if (entries.Length > 0) yield return entries;
    }

    public ValueTask<ReadOnlyMemory<byte>?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ThrowIfAway();
            return new(_log.Head.Sequence == 0 ? null : StateSnapshot.Save(folder, _log.Fold(folder)).Data);
        }
    }

    public async IAsyncEnumerable<LogPage> TailAsync(LogPosition after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var position = after.Sequence;
        var life = -1;
        while (true)
        {
            Task moved;
            LogPage page;
            lock (_lock)
            {
                ThrowIfAway();
                if (life >= 0 && life != _life) throw new LogUnavailableException("restarted");
                life = _life;
                var known = position == 0
                    ? EntryHash.Zero
                    : position <= _log.Entries.Count ? _log.Entries[(int)position - 1].Hash : default(EntryHash?);
                if (after.Log != _log.Log || known is null || (position == after.Sequence && known != after.Hash))
                    throw new AnotherLogException("another-log");
                page = new LogPage(_log.Head, [.. _log.Entries.Skip((int)position)]);
                position = _log.Head.Sequence;
                moved = _moved.Task;
            }

            yield return page;
            await moved.WaitAsync(cancellationToken);
        }
    }

    private void ThrowIfAway()
    {
        if (_away) throw new LogUnavailableException("away");
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _moved.SetResult();
            _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

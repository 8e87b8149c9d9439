using Mesh.Contracts.Waiting;

namespace Mesh.Messaging.Kafka;

/// <summary>
/// What has been handed to the producer and is not acknowledged yet, oldest first. The watermark is the last command before which
/// everything is acknowledged: acknowledgements come out of order, since partitions are independent.
/// </summary>
internal sealed class UnacknowledgedMessages(long acknowledged)
{
    private readonly Lock _lock = new();
    private readonly Queue<Group> _groups = new();
    private readonly Signal _moved = new();
    private int _messages;

    /// <summary>Everything up to this sequence has been acknowledged by the broker.</summary>
    public long Watermark { get; private set; } = acknowledged;

    /// <summary>Why a message failed; null while none has.</summary>
    public string? Failure { get; private set; }

    /// <summary>
    /// Announces a group of <paramref name="messages"/> that ends with <paramref name="sequence"/>, before they are produced.
    /// </summary>
    public Group Begin(long sequence, int messages)
    {
        var group = new Group(this, sequence, messages);
        lock (_lock)
        {
            _groups.Enqueue(group);
            _messages += messages;
        }

        return group;
    }

    /// <summary>Gives up: nothing that is in flight counts any more.</summary>
    public void Fail(string reason)
    {
        lock (_lock) Failure ??= reason;
        _moved.Set();
    }

    /// <summary>Waits until at most <paramref name="messages"/> are in flight, or one has failed.</summary>
    public async ValueTask WaitForRoomAsync(int messages, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task moved;
            lock (_lock)
            {
                if (_messages <= messages || Failure is not null) return;
                moved = _moved.Next;
            }

            await moved.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Acknowledged(Group group)
    {
        lock (_lock)
        {
            _messages--;
            group.Outstanding--;
            if (Failure is null)
            {
                while (_groups.TryPeek(out var oldest) && oldest.Outstanding == 0)
                {
                    Watermark = oldest.Sequence;
                    _groups.Dequeue();
                }
            }
        }

        _moved.Set();
    }

    internal sealed class Group(UnacknowledgedMessages owner, long sequence, int messages)
    {
        public long Sequence => sequence;

        public int Outstanding { get; set; } = messages;

        public void Acknowledge() => owner.Acknowledged(this);
    }
}

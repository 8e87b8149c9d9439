using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mesh.Tests.Support;

/// <summary>
/// Records reads and writes of named registers, and checks each register's history for linearizability and all of them for the order of
/// sequences.
/// </summary>
public sealed class RegisterHistory
{
    private readonly ConcurrentQueue<Record> _records = new();

    /// <summary>How many operations are recorded, and of how many the outcome is unknown.</summary>
    public (int All, int Unknown) Count => (_records.Count, _records.Count(record => record.Return is null));

    /// <summary>
    /// Performs a write and records it; <paramref name="write"/> gives the log's sequence, or null if its outcome is unknown.
    /// </summary>
    public async Task Write(string register, string? value, Func<Task<long?>> write)
    {
        var call = Stopwatch.GetTimestamp();
        var sequence = await write();
        _records.Enqueue(new(register, true, value, call, sequence is null ? null : Stopwatch.GetTimestamp(), sequence));
    }

    /// <summary>Performs a read and records it; <paramref name="read"/> gives value and sequence, or null if there was no answer.</summary>
    public async Task Read(string register, Func<Task<(string? Value, long Sequence)?>> read)
    {
        var call = Stopwatch.GetTimestamp();
        if (await read() is { } answer)
            _records.Enqueue(new(register, false, answer.Value, call, Stopwatch.GetTimestamp(), answer.Sequence));
    }

    /// <summary>Fails where a register's history is not linearizable.</summary>
    public void Verify()
    {
        foreach (var register in _records.GroupBy(record => record.Register))
        {
            // A write of unknown outcome that no read has seen may as well not have happened: values are unique.
            var seen = register.Where(record => !record.IsWrite).Select(record => record.Value).ToHashSet();
            var history = register.Where(record => record.Return is not null || seen.Contains(record.Value))
                .Select(record => new Linearizability.Operation<Record>(record.Call, record.Return, record)).ToArray();
            Assert.True(Linearizability.Holds(history, default(Value), Step),
                $"The {history.Length} operations on {register.Key} are not linearizable:\n" +
                string.Join('\n', history.Select(operation => operation.What).OrderBy(record => record.Call)));
        }

        VerifySequences();
    }

    private static Value? Step(Value state, Record record) =>
        record.IsWrite ? new Value(record.Value) : record.Value == state.Text ? state : null;

    /// <summary>
    /// What is called after another operation has returned stands at its sequence or later, a write strictly later than a write.
    /// </summary>
    private void VerifySequences()
    {
        var byCall = _records.Where(record => record.Return is not null).OrderBy(record => record.Call).ToArray();
        var byReturn = byCall.OrderBy(record => record.Return).ToArray();
        var (next, highest, highestWrite) = (0, 0L, 0L);
        foreach (var record in byCall)
        {
            for (; byReturn[next].Return < record.Call; next++)
            {
                highest = Math.Max(highest, byReturn[next].Sequence!.Value);
                if (byReturn[next].IsWrite) highestWrite = Math.Max(highestWrite, byReturn[next].Sequence!.Value);
            }

            Assert.True(record.Sequence >= highest, $"{record} was called when sequence {highest} had already been answered");
            if (record.IsWrite)
                Assert.True(record.Sequence > highestWrite, $"{record} was called when the write {highestWrite} had already been answered");
        }
    }

    private readonly record struct Value(string? Text);

    private sealed record Record(string Register, bool IsWrite, string? Value, long Call, long? Return, long? Sequence);
}

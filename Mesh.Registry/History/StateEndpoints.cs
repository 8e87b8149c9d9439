using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;

namespace Mesh.Registry.History;

/// <summary><c>GET /api/v1/state</c>: the time machine.</summary>
internal sealed class StateEndpoints(IStateSource states, PastStates past)
{
    public async Task GetAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var at = parameters.Read(RegistryOperations.At);
        parameters.End();
        long? sequence = null;
        DateTimeOffset? moment = null;
        if (at is not null && at.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0)
        {
            if (long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) sequence = number;
            else faults.Add("at", "out-of-range", "That is not a valid sequence.");
        }
        else if (at is not null)
        {
            if (DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time)) moment = time;
            else faults.Add("at", "wrong-type", "Give a sequence, or a time such as 2026-01-01T12:00:00Z.");
        }

        if (faults.ToRefusal() is { } invalid)
        {
            await context.WriteProblemAsync(invalid);
            return;
        }

        var current = states.Current;
        if (StateReads.Starting(current) is { } starting)
        {
            await context.WriteProblemAsync(starting);
            return;
        }

        if (sequence > current.Sequence)
        {
            await context.WriteProblemAsync(
                Refusal.Of(RefusalKind.NotFound, "at", "future",
                    $"The log is at sequence {current.Sequence}; {sequence} does not exist yet."));
            return;
        }

        try
        {
            var state = (sequence is null && moment is null) || sequence == current.Sequence
                || moment >= current.Position.Time && current.Sequence > 0
                ? current
                : await past.FindAsync(sequence ?? long.MaxValue, moment ?? DateTimeOffset.MaxValue, context.RequestAborted);
            if (state is null)
            {
                await context.WriteProblemAsync(
                    Refusal.Of(RefusalKind.LimitReached, "at", "limit-reached",
                        "Other past states are being folded. Try again in a moment."));
                return;
            }

            StateReads.Stamp(context.Response, state.Sequence);
            await context.WriteLargeJsonAsync(ToAnswer(state), RestJson.Readable.StateAnswer);
        }
        catch (LogStoreException away)
        {
            await context.WriteProblemAsync(Refusal.Of(RefusalKind.Unavailable, "", "log-unavailable", away.Message));
        }
    }

    private static StateAnswer ToAnswer(MeshState state)
    {
        var modules = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        for (var i = 0; i < state.ModuleNames.Length; i++)
        {
            if (state.Module(i) is not IStateJson shown) continue;
            var bytes = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(bytes)) shown.WriteTo(writer);
            modules[state.ModuleNames[i]] = JsonElement.Parse(bytes.WrittenSpan);
        }

        return new StateAnswer
        {
            LogId = state.Position.Log.LogId.ToString("N"),
            Epoch = state.Position.Log.Epoch,
            Sequence = state.Sequence,
            Time = state.Sequence == 0 ? null : state.Position.Time,
            Hash = state.Position.Hash.ToString(),
            Skipped = state.Skipped,
            Modules = modules,
        };
    }
}

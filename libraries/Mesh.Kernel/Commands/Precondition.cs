using System.Collections.Immutable;

namespace Mesh.Kernel.Commands;

/// <summary>A condition on the version of what a command changes: If-Match and If-None-Match (RFC 9110, section 13.1).</summary>
/// <param name="Versions">One of these must be the present version; empty for any.</param>
/// <param name="MustBeAbsent">There must be nothing yet (<c>If-None-Match: *</c>).</param>
public sealed record Precondition(ImmutableArray<long> Versions, bool MustBeAbsent = false)
{
    /// <summary>Null if it holds, else the refusal.</summary>
    /// <param name="present">Version of what is there; null if nothing is.</param>
    /// <param name="what">For the message, such as <c>Instance echo-1 of default/echo</c>.</param>
    public Refusal? Check(long? present, string what)
    {
        if (MustBeAbsent)
        {
            return present is null
                ? null
                : Refusal.Of(RefusalKind.PreconditionFailed, "If-None-Match", "exists", $"{what} exists at version {present}.");
        }

        if (present is null) return Refusal.Of(RefusalKind.PreconditionFailed, "If-Match", "absent", $"{what} does not exist.");
        return Versions.IsEmpty || Versions.Contains(present.Value)
            ? null
            : Refusal.Of(RefusalKind.PreconditionFailed, "If-Match", "version-mismatch",
                $"{what} is at version {present}, not {string.Join(" or ", Versions)}. Read it again, then retry.");
    }
}

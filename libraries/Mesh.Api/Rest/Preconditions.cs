using System.Collections.Immutable;
using System.Globalization;
using Grpc.Core;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Mesh.Api.Rest;

/// <summary>ETags and the conditions on them. An ETag is a version in quotes: <c>"7"</c>.</summary>
public static class Preconditions
{
    /// <summary>The version as an ETag.</summary>
    public static string ETag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Those of a request over HTTP.</summary>
    public static Precondition? Read(IHeaderDictionary headers, Faults faults) =>
        Read(headers.IfMatch.ToString(), headers.IfNoneMatch.ToString(), faults);

    /// <summary>Those of a call over gRPC.</summary>
    public static Precondition? Read(Metadata metadata, Faults faults) =>
        Read(metadata.GetValue(CommandHeaders.IfMatch), metadata.GetValue("if-none-match"), faults);

    /// <summary>Reads If-Match and If-None-Match; null without either.</summary>
    /// <param name="ifMatch">Header or gRPC metadata; null if unset.</param>
    /// <param name="ifNoneMatch">Only <c>*</c> is understood; null if unset.</param>
    /// <param name="faults">Collects what cannot be read.</param>
    public static Precondition? Read(string? ifMatch, string? ifNoneMatch, Faults faults)
    {
        if (!string.IsNullOrEmpty(ifNoneMatch))
        {
            if (ifNoneMatch != "*")
                faults.Add("If-None-Match", "not-supported", "Only If-None-Match: * is supported here: the resource must not exist yet.");
            if (!string.IsNullOrEmpty(ifMatch)) faults.Add("If-Match", "contradiction", "Send If-Match or If-None-Match, not both.");
            return new Precondition([], MustBeAbsent: true);
        }

        if (string.IsNullOrEmpty(ifMatch)) return null;
        if (ifMatch == "*") return new Precondition([]);
        var versions = ImmutableArray.CreateBuilder<long>();
        if (EntityTagHeaderValue.TryParseList([ifMatch], out var tags))
        {
            foreach (var tag in tags)
            {
                // A version of ours that nobody ever had matches nothing, which is what an unknown ETag has to do.
                var text = tag.Tag.AsSpan().Trim('"');
                versions.Add(!tag.IsWeak && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                    ? version
                    : -1);
            }
        }

        if (versions.Count == 0) faults.Add("If-Match", "not-an-etag", "If-Match has no ETag; an ETag is in quotes, for example \"7\".");
        return new Precondition(versions.ToImmutable());
    }
}

using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Contracts.Traffic;
using Mesh.Kernel.Values;

namespace Mesh.Traffic.Rules;

/// <summary>Reads a route's match and brings it into normal form (Flow step 1): equal matches are equal texts.</summary>
internal static partial class MatchReader
{
    /// <summary>The alternatives; null for every request.</summary>
    public static IReadOnlyList<RouteMatchSpec>? Read(JsonFields route, string @namespace, Faults faults)
    {
        if (route.Objects("match", TrafficLimits.Matches) is not { Count: > 0 } alternatives) return null;
        var read = new List<RouteMatchSpec>(alternatives.Count);
        foreach (var fields in alternatives)
        {
            var match = One(fields, @namespace, faults);
            fields.End();
            if (match != new RouteMatchSpec()) read.Add(match);
            else if (alternatives.Count > 1 && !faults.HasUnder(fields.Path))
                faults.Add(fields.Path, "takes-all",
                    "This alternative takes every request, so the others have no effect: leave out one or the other.");
        }

        return read.Count == 0 ? null
            : [.. read.Select(match => (match, text: Text(match))).DistinctBy(one => one.text)
                .OrderBy(one => one.text, StringComparer.Ordinal).Select(one => one.match)];
    }

    /// <summary>The match as text; equal for equal matches.</summary>
    public static string Text(RouteMatchSpec match) => JsonSerializer.Serialize(match, TrafficJson.Default.RouteMatchSpec);

    private static RouteMatchSpec One(JsonFields fields, string @namespace, Faults faults)
    {
        var path = fields.Object("path") is { } tests ? Path(tests, faults) : null;
        var grpc = fields.Object("grpc") is { } call ? Grpc(call, faults) : null;
        if (path is not null && grpc is not null)
            faults.Add(fields.PathTo("grpc"), "contradiction", "A gRPC call is a path already: set 'path' or 'grpc'.");
        var headers = Values(fields, "headers", true, faults);
        if (headers?.Count(test => test is { Invert: true, Present: null }) > TrafficLimits.InvertedValues)
            faults.Add(fields.PathTo("headers"), "too-many",
                $"At most {TrafficLimits.InvertedValues} tests of values may be inverted in one alternative; write more as separate "
                    + "routes before this one.");
        var methods = fields.TextList("methods", TrafficLimits.Conditions);
        foreach (var (text, at) in methods ?? [])
        {
            if (!Method().IsMatch(text)) faults.Add(at, "not-a-method", $"'{Checks.Shortened(text)}' is not an HTTP method, such as GET.");
        }

        return new RouteMatchSpec
        {
            Path = path,
            Methods = methods is { Count: > 0 }
                ? [.. methods.Select(method => method.Text.ToUpperInvariant()).Distinct().Order(StringComparer.Ordinal)]
                : null,
            Headers = headers,
            Query = Values(fields, "query", false, faults),
            Grpc = grpc,
            Source = fields.Object("source") is { } source ? Source(source, @namespace, faults) : null,
        };
    }

    private static PathMatchSpec? Path(JsonFields fields, Faults faults)
    {
        var (exact, prefix, template, regex) = (fields.Text("exact"), fields.Text("prefix"), fields.Text("template"), fields.Text("regex"));
        fields.End();
        if (!ExactlyOne(fields, "exact, prefix, template or regex", faults, exact, prefix, template, regex)) return null;
        var match = new PathMatchSpec
        {
            Exact = Checks.MatchedPath(exact, fields.PathTo("exact"), faults),
            Prefix = Checks.MatchedPath(prefix, fields.PathTo("prefix"), faults),
            Template = Checks.MatchedPath(template, fields.PathTo("template"), faults),
            Regex = Checks.Regex(regex, fields.PathTo("regex"), faults),
        };
        if (match.Template is not null) TemplatePath.Read(match.Template, fields.PathTo("template"), faults);
        return match.Prefix == "/" ? null : match;
    }

    private static GrpcMatchSpec Grpc(JsonFields fields, Faults faults)
    {
        var (service, method) = (fields.Text("service"), fields.Text("method"));
        fields.End();
        if (!string.IsNullOrEmpty(service) && !GrpcService().IsMatch(service))
            faults.Add(fields.PathTo("service"), "not-a-grpc-name",
                $"'{Checks.Shortened(service)}' is not a full gRPC service name, such as pkg.Cart.");
        if (!string.IsNullOrEmpty(method) && !GrpcMethod().IsMatch(method))
            faults.Add(fields.PathTo("method"), "not-a-grpc-name", $"'{Checks.Shortened(method)}' is not a gRPC method name, such as Get.");
        return new GrpcMatchSpec
        {
            Service = string.IsNullOrEmpty(service) ? null : service,
            Method = string.IsNullOrEmpty(method) ? null : method,
        };
    }

    private static SourceMatchSpec? Source(JsonFields fields, string @namespace, Faults faults)
    {
        var service = Labels.Read(fields.Text("service"), fields.PathTo("service"), null, faults);
        var ns = Labels.Read(fields.Text("namespace"), fields.PathTo("namespace"), @namespace, faults);
        fields.End();
        return service is null ? null : new SourceMatchSpec { Service = service, Namespace = ns == @namespace ? null : ns };
    }

    private static List<ValueMatchSpec>? Values(JsonFields match, string name, bool headers, Faults faults)
    {
        if (match.Objects(name, TrafficLimits.Conditions) is not { Count: > 0 } tests) return null;
        var read = new List<ValueMatchSpec>(tests.Count);
        foreach (var test in tests)
        {
            if (Value(test, headers, faults) is { } value) read.Add(value);
            test.End();
        }

        return [
            .. read.Distinct().OrderBy(value => value.Name, StringComparer.Ordinal)
                .ThenBy(value => value.ToString(), StringComparer.Ordinal)];
    }

    private static ValueMatchSpec? Value(JsonFields fields, bool header, Faults faults)
    {
        var text = fields.Text("name");
        var name = header
            ? Checks.HeaderName(text, fields.PathTo("name"), faults)
            : Checks.Value(text ?? "", fields.PathTo("name"), faults);
        var (exact, prefix, suffix, regex) = (fields.Text("exact"), fields.Text("prefix"), fields.Text("suffix"), fields.Text("regex"));
        var (present, invert) = (fields.Flag("present"), fields.Flag("invert") ?? false);
        if (!header && (invert || present is false))
            faults.Add(fields.PathTo(invert ? "invert" : "present"), "not-supported",
                "xDS cannot express that a query parameter is absent or differs; write the opposite as a separate route.");
        if (!ExactlyOne(fields, "exact, prefix, suffix, regex or present", faults, exact, prefix, suffix, regex,
            present is null ? null : "")) return null;
        var absent = present is false != invert;
        return name is null ? null : new ValueMatchSpec
        {
            Name = name,
            Exact = exact is "" ? "" : Checks.Value(exact, fields.PathTo("exact"), faults),
            Prefix = Checks.Value(prefix, fields.PathTo("prefix"), faults),
            Suffix = Checks.Value(suffix, fields.PathTo("suffix"), faults),
            Regex = Checks.Regex(regex, fields.PathTo("regex"), faults),
            Present = present is null ? null : true,
            Invert = (present is null ? invert : absent) ? true : null,
        };
    }

    private static bool ExactlyOne(JsonFields fields, string which, Faults faults, params ReadOnlySpan<string?> texts)
    {
        var count = 0;
        foreach (var text in texts) count += text is null ? 0 : 1;
        if (count == 1) return true;
        if (count > 1) faults.Add(fields.Path, "contradiction", $"Set one of {which}, not {count} of them.");
        else if (!faults.HasUnder(fields.Path)) faults.Add(fields.Path, "missing", $"Set {which}.");
        return false;
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9-]{0,31}\z")]
    private static partial Regex Method();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,31}\z")]
    private static partial Regex GrpcService();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex GrpcMethod();
}

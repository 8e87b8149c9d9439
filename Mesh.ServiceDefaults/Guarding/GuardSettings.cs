using Mesh.Kernel.Settings;
using Microsoft.Extensions.Configuration;

namespace Mesh.ServiceDefaults.Guarding;

/// <summary>
/// Names and origins beyond those that a listener takes by itself: <c>Mesh__AllowedHosts</c> (<c>registry.example.com</c>,
/// <c>*.example.com</c>, <c>*</c>) and <c>Mesh__AllowedOrigins</c> (<c>https://console.example.com</c>, <c>null</c>, <c>*</c>),
/// comma-separated.
/// </summary>
internal sealed class GuardSettings
{
    public const string Hosts = "Mesh__AllowedHosts";
    public const string Origins = "Mesh__AllowedOrigins";
    private readonly string[] _hosts;
    private readonly string[] _origins;

    private GuardSettings(string[] hosts, string[] origins) => (_hosts, _origins) = (hosts, origins);

    /// <exception cref="SettingException">One of them is neither.</exception>
    public static GuardSettings From(IConfiguration configuration) => new(
        [.. Split(configuration["Mesh:AllowedHosts"]).Select(HostOf)], [.. Split(configuration["Mesh:AllowedOrigins"]).Select(OriginOf)]);

    public bool AllowsHost(ReadOnlySpan<char> host)
    {
        foreach (var allowed in _hosts)
        {
            if (allowed == "*" || host.Equals(allowed, StringComparison.OrdinalIgnoreCase)
                || (allowed.StartsWith('*') && host.Length >= allowed.Length
                    && host.EndsWith(allowed.AsSpan(1), StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    public bool AllowsOrigin(ReadOnlySpan<char> origin)
    {
        foreach (var allowed in _origins)
        {
            if (allowed == "*" || origin.Equals(allowed, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static string[] Split(string? list) =>
        list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static string HostOf(string text)
    {
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        return text == "*" || Uri.CheckHostName(name) != UriHostNameType.Unknown
            ? text
            : throw new SettingException(
                $"'{text}' in {Hosts} is not a host name; write it without scheme and port, as registry.example.com, *.example.com or *.");
    }

    private static string OriginOf(string text) =>
        text is "*" or "null"
            || (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                && uri.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase))
            ? text
            : throw new SettingException(
                $"'{text}' in {Origins} is not an origin; write it as a browser sends it, as https://console.example.com without a "
                    + "final slash.");
}

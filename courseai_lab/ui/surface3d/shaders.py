"""GLSL 1.20 programs of the surface, lines and balls. :mod:`raster` shades the same way in numpy."""

# One float32 height buffer is read five times at different offsets: a vertex and its four neighbours, so that
# smooth slopes need no second upload. A hole is the height HOLE; MISSING separates it from any real one.
SURFACE_VERTEX = """
attribute vec4 a_grid;      // world x, y; 1 / (x right - x left), 1 / (y far - y near)
attribute float a_height;
attribute float a_left;
attribute float a_right;
attribute float a_near;
attribute float a_far;
uniform mat4 u_matrix;
uniform float u_rise;
uniform float u_base;
uniform float u_flat;
uniform float u_floor;
varying float v_t;
varying float v_bad;
varying vec2 v_slope;
varying vec3 v_pos;
const float MISSING = -1.0e3;

float slope(float low, float high, float inverse) {
    if (low < MISSING && high < MISSING) return 0.0;
    if (low < MISSING) return 2.0 * (high - a_height) * inverse;
    if (high < MISSING) return 2.0 * (a_height - low) * inverse;
    return (high - low) * inverse;
}

void main() {
    v_bad = a_height < MISSING ? 1.0 : 0.0;
    v_t = v_bad > 0.5 ? 0.0 : clamp(a_height, -1.0, 2.0);
    v_slope = vec2(slope(a_left, a_right, a_grid.z), slope(a_near, a_far, a_grid.w)) * u_rise;
    v_pos = vec3(a_grid.xy, mix(u_base + v_t * u_rise, u_floor, u_flat));
    gl_Position = u_matrix * vec4(v_pos, 1.0);
}
"""

_CONTOUR = """
varying float v_t;
varying float v_bad;
uniform sampler2D u_table;
uniform float u_lines;

vec4 table(float t) {
    float n = 2048.0;
    return texture2D(u_table, vec2((clamp(t, 0.0, 1.0) * (n - 1.0) + 0.5) / n, 0.5));
}

float line(float phase) {
    float change = max(fwidth(phase), 1.0e-6);
    float away = abs(fract(phase - 0.5) - 0.5) / change;
    float crowded = 1.0 - smoothstep(0.25, 0.6, change);
    return (1.0 - smoothstep(0.5 * u_lines - 0.5, 0.5 * u_lines + 0.5, away)) * crowded;
}
"""

SURFACE_FRAGMENT = (
    _CONTOUR
    + """
varying vec2 v_slope;
varying vec3 v_pos;
uniform vec3 u_light;
uniform vec3 u_eye;
uniform vec4 u_contour;
uniform vec2 u_half;
uniform float u_edge;

void main() {
    if (v_bad > 0.001 || v_t < -0.0005 || v_t > 1.0005) discard;
    vec4 entry = table(v_t);
    vec3 normal = normalize(vec3(-v_slope, 1.0));
    vec3 sight = normalize(u_eye - v_pos);
    if (dot(normal, sight) < 0.0) normal = -normal;
    float lit = 0.5 + 0.5 * dot(normal, u_light);
    float glint = max(dot(normal, normalize(u_light + sight)), 0.0);
    glint *= glint; glint *= glint; glint *= glint; glint *= glint; glint *= glint;
    float rim = 1.0 - abs(dot(normal, sight));
    vec3 color = entry.rgb * (0.46 + 0.54 * lit * lit) * (1.0 - 0.3 * rim * rim * rim) + 0.09 * glint;
    vec2 margin = (u_half - abs(v_pos.xy)) / max(fwidth(v_pos.xy), vec2(1.0e-6));
    float edge = 1.0 - smoothstep(u_edge - 0.5, u_edge + 0.5, min(margin.x, margin.y));
    color = mix(color, u_contour.rgb, edge * u_contour.a);
    if (u_lines > 0.0) color = mix(color, u_contour.rgb, line(entry.a) * u_contour.a);
    gl_FragColor = vec4(clamp(color, 0.0, 1.0), 1.0);
}
"""
)

FLOOR_FRAGMENT = (
    _CONTOUR
    + """
uniform vec4 u_hatch;
uniform float u_ratio;

void main() {
    if (v_bad > 0.001) {
        float place = mod((gl_FragCoord.x + gl_FragCoord.y) / u_ratio, 9.0);
        float ink = 1.0 - smoothstep(0.6, 1.6, abs(place - 4.5));
        gl_FragColor = vec4(u_hatch.rgb, u_hatch.a * ink);
    } else {
        if (v_t < -0.0005 || v_t > 1.0005 || u_lines <= 0.0) discard;
        vec4 entry = table(v_t);
        gl_FragColor = vec4(entry.rgb, line(entry.a));
    }
}
"""
)

# A segment is a quad across the screen. Its width may change from end to end, which makes arrow heads.
LINE_VERTEX = """
attribute vec3 a_start;
attribute vec3 a_end;
attribute vec2 a_corner;    // 0 or 1 along, -1 or 1 across
attribute vec4 a_color;
attribute vec2 a_width;
uniform mat4 u_matrix;
uniform vec2 u_size;        // pixels
uniform vec2 u_lens;        // depth = x + y / w
uniform float u_ratio;
uniform float u_pull;
uniform float u_caps;
uniform float u_grow;       // pixels wider, for the rim below the lines
uniform vec4 u_tint;        // colour of the rim and its strength; 0: draw the lines themselves
varying vec4 v_color;
varying vec2 v_place;       // pixels along and across
varying float v_length;
varying vec2 v_radius;

void main() {
    vec4 a = u_matrix * vec4(a_start, 1.0);
    vec4 b = u_matrix * vec4(a_end, 1.0);
    float near = 0.06;
    if (a.w < near && b.w < near) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); return; }
    if (a.w < near) a = mix(b, a, (b.w - near) / (b.w - a.w));
    if (b.w < near) b = mix(a, b, (a.w - near) / (a.w - b.w));
    vec2 pa = a.xy / a.w * u_size * 0.5;
    vec2 pb = b.xy / b.w * u_size * 0.5;
    v_length = length(pb - pa);
    vec2 along = v_length > 1.0e-4 ? (pb - pa) / v_length : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x);
    v_radius = 0.5 * (a_width + u_grow) * u_ratio;
    float cap = a_width.x == a_width.y ? u_caps * v_radius.x : 0.0;
    float reach = max(v_radius.x, v_radius.y) + 1.0;
    float end = a_corner.x * 2.0 - 1.0;
    vec4 here = a_corner.x < 0.5 ? a : b;
    vec2 p = (a_corner.x < 0.5 ? pa : pb) + along * end * (cap + 0.5) + across * a_corner.y * reach;
    v_place = vec2(a_corner.x * v_length + end * (cap + 0.5), a_corner.y * reach);
    v_color = u_tint.a > 0.0 ? vec4(u_tint.rgb, a_color.a * u_tint.a) : a_color;
    float depth = u_lens.x + u_lens.y / max(here.w - u_pull, 0.06);
    gl_Position = vec4(p / (u_size * 0.5), depth, 1.0);
}
"""

LINE_FRAGMENT = """
uniform float u_alpha;
uniform float u_caps;
varying vec4 v_color;
varying vec2 v_place;
varying float v_length;
varying vec2 v_radius;

void main() {
    float t = clamp(v_place.x / max(v_length, 1.0e-4), 0.0, 1.0);
    float radius = mix(v_radius.x, v_radius.y, t);
    float past = max(max(-v_place.x, v_place.x - v_length), 0.0);
    float away = u_caps > 0.5 && v_radius.x == v_radius.y ? length(vec2(past, v_place.y))
                                                          : max(abs(v_place.y), radius + past - 0.5);
    float ink = clamp(radius + 0.5 - away, 0.0, 1.0) * min(1.0, 2.0 * radius + 0.5);
    if (ink <= 0.0) discard;
    gl_FragColor = vec4(v_color.rgb, v_color.a * ink * u_alpha);
}
"""

BALL_VERTEX = """
attribute vec3 a_center;
attribute vec2 a_corner;
attribute vec4 a_color;
attribute float a_radius;
uniform mat4 u_matrix;
uniform vec2 u_size;
uniform vec2 u_lens;
uniform float u_ratio;
uniform float u_pixel;      // world units in a pixel, at distance 1
varying vec2 v_place;
varying vec4 v_color;
varying float v_radius;

void main() {
    vec4 c = u_matrix * vec4(a_center, 1.0);
    v_radius = a_radius * u_ratio;
    v_place = a_corner * (v_radius + 2.5);
    v_color = a_color;
    float depth = u_lens.x + u_lens.y / max(c.w - 2.5 * v_radius * u_pixel * c.w, 0.06);
    gl_Position = c.w < 0.06 ? vec4(2.0, 2.0, 2.0, 1.0)
                             : vec4(c.xy / c.w + v_place / (u_size * 0.5), depth, 1.0);
}
"""

BALL_FRAGMENT = """
uniform float u_alpha;
uniform vec4 u_rim;
varying vec2 v_place;
varying vec4 v_color;
varying float v_radius;

void main() {
    float r = length(v_place);
    float ink = clamp(v_radius + 2.0 - r, 0.0, 1.0);
    if (ink <= 0.0) discard;
    vec2 p = v_place / v_radius;
    vec3 normal = vec3(p, sqrt(max(1.0 - dot(p, p), 0.0)));
    vec3 light = normalize(vec3(-0.45, 0.6, 0.7));
    float lit = 0.5 + 0.5 * dot(normal, light);
    float glint = pow(max(dot(normal, normalize(light + vec3(0.0, 0.0, 1.0))), 0.0), 40.0);
    vec3 color = clamp(v_color.rgb * (0.55 + 0.6 * lit * lit) + 0.45 * glint, 0.0, 1.0);
    float inside = clamp(v_radius + 0.5 - r, 0.0, 1.0);
    gl_FragColor = vec4(mix(u_rim.rgb, color, inside), v_color.a * ink * u_alpha);
}
"""

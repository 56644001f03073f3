//! Chapters 4 and 8: gradient descent in one dimension.

use crate::svg::{Align, BLACK, BLUE, GREEN, GREY, ORANGE, Plot, Point, Svg, WHITE, number, pen};
use backprop::derivative;

/// The bowl of chapter 4, exercise 1, with curvature 1, and its derivative.
fn loss(w: f64) -> (f64, f64) {
    derivative(|w| w * w * 0.5, w)
}

/// A bowl with the tangent at the start and the steps of three learning rates.
pub fn bowl() -> Svg {
    let mut svg = Svg::new(
        640.0,
        975.0,
        "The same bowl, three learning rates",
        "The error ½w², three times from w = 3, where the slope is 3. With the rate 0.2, short steps go down slowly. With \
         0.8 two steps nearly reach the minimum. With 2.15 each step lands higher on the other side.",
    );
    svg.cycle(9.0);
    let start = 3.0;
    let (value, slope) = loss(start);
    let panels = [
        (0.2, 6, "rate 0.2: slow", BLUE),
        (0.8, 6, "rate 0.8: soon there", GREEN),
        (2.15, 4, "rate 2.15: it diverges", ORANGE),
    ];
    for (index, (rate, steps, name, colour)) in panels.into_iter().enumerate() {
        let top = 95.0 + 295.0 * index as f64;
        let plot = Plot { corners: [(70.0, top), (600.0, top + 210.0)], ranges: [(-5.6, 5.6), (0.0, 14.6)] };
        svg.text((70.0, top - 14.0), Align::Left, 21.0, colour, name);
        plot.axes(&mut svg, &[(-4.0, "−4"), (-2.0, "−2"), (0.0, "0"), (2.0, "2"), (4.0, "4")], &[]);
        svg.text((620.0, top + 217.0), Align::Middle, 20.0, BLACK, "w");
        svg.text((62.0, top + 16.0), Align::Right, 20.0, BLACK, "error");
        plot.function(&mut svg, (-5.35, 5.35), pen(GREY, 3.0), |w| loss(w).0);
        let tangent = [-value / slope, 1.6].map(|dw| plot.at(start + dw, value + slope * dw));
        svg.curve(&tangent, pen(BLACK, 2.0).dashed("9 6"));

        let step = format!("first step: {rate}·{slope} = {}", number(rate * slope, 2).trim_end_matches('0'));
        svg.text((600.0, top - 14.0), Align::Right, 20.0, BLACK, &step);

        let mut ws = vec![start];
        for step in 0..steps {
            ws.push(ws[step] - rate * loss(ws[step]).1);
        }
        let points: Vec<Point> = ws.iter().map(|&w| plot.at(w, loss(w).0)).collect();
        for ends in points.windows(2) {
            let (dx, dy) = (ends[1].0 - ends[0].0, ends[1].1 - ends[0].1);
            if dx.hypot(dy) > 14.0 {
                svg.arrow(ends[0], ends[1], pen(colour, 3.0));
            }
        }
        for &point in &points {
            svg.circle(point, 5.0, WHITE, pen(colour, 2.5));
        }
        svg.circle(points[0], 8.0, colour, pen(WHITE, 2.0));
        // The ball rests at each point, then goes on: 0.8 of the cycle for the steps, the rest at the end.
        let mut stations = Vec::new();
        for (step, &point) in points.iter().enumerate() {
            let arrival = 0.06 + 0.13 * step as f64;
            stations.push((if step == 0 { 0.0 } else { arrival }, point));
            stations.push((if step == steps { 1.0 } else { arrival + 0.05 }, point));
        }
        svg.moved(&stations, |svg| svg.circle((0.0, 0.0), 12.0, colour, pen(BLACK, 3.0)));
    }
    svg.text((478.0, 278.0), Align::Left, 19.0, BLACK, "slope 3");
    svg.text((320.0, 955.0), Align::Middle, 19.0, BLACK, "dashed line: as steep as the curve at the start, w = 3");
    svg
}

/// A bowl with a point on each side: the sign of the derivative says which way is down.
pub fn downhill() -> Svg {
    let mut svg = Svg::new(
        640.0,
        470.0,
        "The sign of the derivative shows the way",
        "A bowl. On the left the curve falls, the derivative is negative, and w must grow: go right. On the right the \
         curve rises, the derivative is positive, and w must decrease: go left.",
    );
    let plot = Plot { corners: [(50.0, 80.0), (600.0, 350.0)], ranges: [(-4.2, 4.2), (-1.2, 8.6)] };
    plot.axes(&mut svg, &[], &[]);
    svg.text((620.0, 357.0), Align::Middle, 20.0, BLACK, "w");
    svg.text((40.0, 96.0), Align::Right, 20.0, BLACK, "L");
    plot.function(&mut svg, (-4.0, 4.0), pen(GREY, 3.5), |w| loss(w).0);
    let sides = [
        (-2.8, ORANGE, "11 7", "∂L/∂w < 0", "negative: go right", 180.0),
        (2.8, BLUE, "", "∂L/∂w > 0", "positive: go left", 470.0),
    ];
    for (w, colour, dash, sign, way, x) in sides {
        let (value, slope) = loss(w);
        let tangent = [-0.95, 0.95].map(|dw| plot.at(w + dw, value + slope * dw));
        svg.curve(&tangent, pen(colour, 4.0).dashed(dash));
        let at = plot.at(w, value);
        svg.line(at, (at.0, 350.0), pen(GREY, 1.5).dashed("2 5"));
        svg.circle(at, 8.0, colour, pen(WHITE, 2.0));
        let inward = if w < 0.0 { 1.0 } else { -1.0 };
        svg.text(
            (at.0 + 50.0 * inward, at.1 - 40.0),
            if w < 0.0 { Align::Left } else { Align::Right },
            21.0,
            colour,
            sign,
        );
        svg.arrow((at.0, 378.0), (at.0 + 150.0 * inward, 378.0), pen(colour, 5.0));
        svg.text((x, 414.0), Align::Middle, 21.0, colour, way);
    }
    svg.circle(plot.at(0.0, 0.0), 6.0, WHITE, pen(BLACK, 2.5));
    svg.text((325.0, 340.0), Align::Middle, 19.0, BLACK, "minimum");
    svg.text((325.0, 450.0), Align::Middle, 21.0, BLACK, "w ← w − η·∂L/∂w: the minus reverses the sign");
    svg
}
